#!/bin/sh
# What systemd timers do elsewhere: scheduled pages every minute, reminders and a backup once a day (UTC).
done_on=
while sleep 60; do
    python manage.py publish_due
    today=$(date -u +%F)
    if [ "$(date -u +%H)" = 03 ] && [ "$today" != "$done_on" ]; then
        done_on=$today
        mkdir -p /data/backups
        python manage.py backup "/data/backups/$(date -u +%A).tar.gz"
        python manage.py send_review_reminders
        python manage.py clearsessions
    fi
done
