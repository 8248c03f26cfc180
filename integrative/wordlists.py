"""The words that the writer's linter looks for: phrases between commas, matched as whole words in any letter case."""


def _phrases(text):
    return tuple(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


# Claims. Outside evidence they need a source.
EFFECTS = _phrases("""
    treats, cure, cures, cured, curing, heals, relieves, eases, improves, reduces, lowers, prevents,
    detox, detoxes, detoxify, detoxifies, detoxifying, cleanses, flushes out toxins, rebalances,
    boost, boosts, boosted, boosting, root cause, root causes, miracle,
    proven to, clinically proven, scientifically proven, effective for, effective against,
    works for everyone, works for everything
""")

# A sentence with one of these denies a claim, doubts it or says who makes it: it does not make the claim.
DENIALS = _phrases("""
    no, not, never, none, nobody, cannot, can't, don't, doesn't, didn't, isn't, aren't, won't,
    whether, unclear, unknown, unproven, belief, beliefs, believe, believes, claim, claims, claimed,
    promise, promises, promised
""")

# Ways of speaking about the reader instead of to them.
DISTANT = _phrases("patients should, patients must, the patient should, people should, individuals should")

# Written in capitals and known to every reader.
KNOWN_ABBREVIATIONS = _phrases("US, USA, UK, EU, TV, ID, OK, AM, PM, FAQ, PDF, DNA, HIV, AIDS, CD, DVD, PA, MD")

# Participles that do not end in -ed, for the passive.
PARTICIPLES = _phrases("""
    begun, blown, born, borne, bought, brought, built, caught, chosen, done, drawn, driven, eaten, fallen, felt,
    forgotten, found, given, grown, heard, held, hidden, kept, known, laid, led, lent, lost, made, meant, paid, put,
    read, ridden, said, seen, sent, set, shown, shut, sold, spent, spoken, stolen, struck, sung, taken, taught, thought,
    told, thrown, understood, woken, won, worn, written
""")

# After "is" or "are" these describe someone or something; nobody acts on them.
NOT_PASSIVE = _phrases("""
    advanced, aged, allowed, based, blotched, bored, certified, complicated, concerned, confused, crowded, depressed,
    detailed, determined, disabled, discolored, educated, embarrassed, excited, exhausted, experienced, frightened,
    gifted, inflamed, injured, interested, involved, irritated, left, licensed, limited, located, married, mixed,
    mottled, needed, overweight, pleased, prepared, pronounced, qualified, related, relaxed, relieved, retired,
    satisfied, scared, shared, skilled, slurred, stressed, supposed, surprised, swollen, tired, trained, unexplained,
    used, worried
""")

# A full stop after these does not end a sentence.
STOPS = _phrases("Dr, Mr, Mrs, Ms, St, vs, e.g, i.e, etc, approx, No, Fig, U.S, U.K, a.m, p.m")
