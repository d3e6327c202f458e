"""Something or someone is lost, looked for, and found."""


def lost_thing(world):
    hero, friend = world["hero"], world["friend"]
    world.ask("{hero.a} who lost {thing.a}", "{hero.a} and {thing.a}", "{hero.a} and {place.a}",
              "how {hero.a} found {thing.a} again", "a lost {thing.kind}", "{hero.a} who gets help from {friend.a}")
    world.say("[Once upon a time|Long ago|One day], there was {hero.intro} who [lived {place.at}|had a home {place.at}].",
              "{Hero.intro} lived {place.at}, [near|among|not far from] {place.sight}.",
              "{Place.at} there lived {hero.intro}.")
    world.say("{Hero} had {thing.a} and [loved|liked] to {thing.use}.",
              "{Hero.he} [owned|had] just one treasure: {thing.a}. {Hero} [loved|liked] to {thing.use}.")
    world.say("{Hero.he} [took it everywhere|kept it close|never went out without it].", "")
    world.new_paragraph()
    world.say("One {#weather} [morning|day|evening], {hero} [looked for|reached for] {thing}, but it was [gone|not there].",
              "But one {#weather} [morning|day], {thing} was [gone|missing|nowhere to be seen].")
    world.say("{Hero} [looked|searched] [under the bed|behind the door] and [in every corner|in all the boxes]. [Nothing|It was not there]!",
              "{Hero.he} [felt|was] very {#sad} and did not know what to do.")
    world.say('"[Oh no|Oh dear]! Where is my {thing.kind}?" {hero} [cried|said|asked].', '"I must find it," {hero} said.')
    if world.chance(0.6):
        world.say("On the way {hero.he} met {friend.intro}. \"Why are you so {#sad}?\" [asked {friend}|{friend} asked].")
        world.say('"I lost my {thing.bare}," said {hero}. "[Will you help me|Can you help me look]?"')
        world.say('"[Of course|Yes|Sure]," {#said} {friend}. "I can {friend.skill}. [Let us look together|Two can look better than one]."')
        finder = friend
    else:
        world.say("{Friend.intro} [heard|saw] {hero.him} and came [closer|near]. \"I can {friend.skill},\" {friend.he} said. \"I will help you.\"")
        finder = hero
    world.new_paragraph()
    world["finder"] = finder
    world["spot"] = world["place"].found
    world.say("They [looked|searched] [everywhere|for a long time|until the sun was low].",
              "They went {place.to} and [looked|searched] among {place.sight}.")
    world.say("[At last|Then|Suddenly], {finder} saw something {thing.look} {spot}. It was {thing}!")
    world.fact("Where was {thing}?", "It was {spot}.")
    world.fact("Who found {thing}?", "{Finder} found it.")
    world.say('"Thank you, {friend.name}!" said {hero} and [hugged|danced around] {friend.him}.',
              "{Hero} was so {#happy} that {hero.he} [laughed|jumped up and down].")
    world.say("From that day on, {hero} [always put|never forgot to put] {thing} [back in its place|in a safe place].",
              "And that evening they had {hero.food} together [{place.at}|by the fire].")


PLOTS = [lost_thing]
