FEW, WIDTH = 200, 40


class Bar:
    """A progress bar on a terminal, for work on more than a few things."""

    def __init__(self, out):
        self.out = out

    def show(self, done, total):
        """Draw that `done` of `total` things are done."""
        if total <= FEW or not self.out.isatty():
            return
        filled = WIDTH * done // total
        end = "\n" if done == total else ""
        self.out.write(f"\r[{'#' * filled}{'.' * (WIDTH - filled)}] {done}/{total}", ending=end)
