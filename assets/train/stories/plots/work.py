"""Work and nature: building, planting, hatching, selling, painting, playing, hard weather, repairs, inventions."""

from .. import lexicon
from ..engine import Character, Place, Thing

# Those who can dig, carry and build.
WORKERS = """fox rabbit bear mouse owl frog duck cat dog squirrel hedgehog turtle pig goat sheep hen beaver otter deer
wolf badger mole crow elephant monkey kangaroo panda koala donkey kitten puppy lamb raccoon dragon robot wizard witch
princess prince knight pirate unicorn elf troll sailor farmer clown explorer""".split()
FLYERS_AND_SWIMMERS = "owl frog duck turtle hen beaver otter crow dragon wizard witch troll sailor pirate".split()
HEAVY = "bear elephant donkey unicorn deer kangaroo dragon troll pig sheep goat".split()
BIRDS = "owl duck hen crow".split()
LADIES = "hen witch princess".split()
GENTLEMEN = "wizard prince".split()
HOOVED = "pig goat sheep lamb donkey deer unicorn".split()
HANDED = "girl boy robot wizard witch princess prince knight pirate elf troll sailor farmer clown explorer "
"monkey".split()
HELPERS = """gardener fisherman shopkeeper librarian shepherd postman miller tailor beekeeper carpenter baker teacher
cook
nurse""".split() + ["old turtle", "old owl", "wise crow", "old goose"]


def _worker(world, gender=None, without=()):
    if world.chance(0.36):
        gender = gender or world.pick("she", "he")
        while True:
            child = world.child()
            if child.he == gender:
                return child
    while True:
        kind, home, food, skill, sound = world.pick(*lexicon.ANIMALS, *lexicon.CREATURES)
        own = "she" if kind in LADIES else "he" if kind in GENTLEMEN else gender or world.pick("she", "he")
        if kind in WORKERS and kind not in without and kind not in world.taken and own == (gender or own):
            break
    world.taken.add(kind)
    name = None
    while name is None and world.chance(0.65):
        name = world.pick(*lexicon.PET_NAMES)
        name = None if name in world.taken else name
    world.taken.add(name)
    return Character(world.rng, kind, name, own, False, dict(home=home, food=food, skill=skill, sound=sound))


def _pair(world, without=()):
    """Hero and friend with different pronouns."""
    hero = world["hero"] = _worker(world, None, without)
    friend = world["friend"] = _worker(world, "he" if hero.he == "she" else "she", without)
    # For "There was ...": never the bare name.
    while not (intro := hero.intro).startswith("a "):
        pass
    world["newcomer"] = intro
    # What they call each other.
    world["call"] = friend.own_name or world.pick("my friend", "dear " + friend.kind)
    world["hail"] = hero.own_name or world.pick("my friend", "dear " + hero.kind)
    world["paws"] = "hooves" if hero.kind in HOOVED else "wings" if hero.kind in BIRDS else (
        "hands" if hero.kind in HANDED else "paws")
    return hero, friend


def _helper(world, *kinds):
    """An adult or an old animal whose kind is not that of another."""
    genders = dict(lexicon.ELDERS)
    while True:
        kind = world.pick(*(kinds or HELPERS))
        if not any(part in (world["hero"].kind, world["friend"].kind) for part in kind.split()):
            break
    traits = dict(home="house", food=world.pick(*lexicon.FOODS), skill="tell stories", sound="smiled")
    world["helper"] = Character(world.rng, kind, None, genders.get(kind, "she"), False, traits)


def _adult(world):
    """Sets {adult}: "the baker", or "a baker" where he was not mentioned yet."""
    helper = world["helper"]
    said = world.text()
    world["adult"] = helper.the if helper.kind in said else helper.a


def _thing(world, name, kind, use, looks):
    thing = Thing(world.rng, (kind, use))
    thing.look = world.pick(*looks)
    thing.bare = f"{thing.look} {kind}"
    thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    world[name] = thing
    return thing


def _place(world, kind, preposition, sights, adjectives):
    place = Place(world.rng, (kind, preposition, sights, ["behind a stone"]))
    place.adjective = world.pick(*adjectives)
    place.a = f"a {place.adjective} {kind}"
    world["place"] = place
    return place


def bridge(world):
    say = world.say
    hero, friend = _pair(world, FLYERS_AND_SWIMMERS)
    _helper(world)
    water = world.pick("stream", "brook", "river")
    _place(world, water, "by", ["smooth stones", "tall reeds", "silver fish", "yellow irises"],
           ["noisy", "cold", "deep", "wild", "foaming"])
    world["gift"] = world.pick("a jar of plum jam", "a warm loaf of bread", "a basket of walnuts",
                               "a bowl of blackberries",
                               "a honey cake", "a bag of roasted chestnuts", "a pot of pea soup",
                               "a round yellow cheese")
    world["paint"] = world.word("color")
    _thing(world, "thing", "bridge", "cross the water", ["wooden", "narrow", "strong", "little", "sturdy"])
    world.ask("{hero.a} and {place.a}", "{hero.a} and {friend.a}", "{hero.a} who built a bridge",
              "{hero.a} and {thing.a}",
              "two friends on two sides of {place.a}", "{hero.a} who wanted to visit {friend.a}",
              "{hero.a} who kept a promise")
    say("{Hero.intro} lived on one side of {place.a}, and {friend.intro} lived on the other.",
        "Once upon a time, {place.a} ran [through a valley|between two hills|past an old mill]. On its left bank lived "
        "{newcomer}, and on its right bank lived {friend.intro}.",
        "\"Come over and play!\" called {hero.intro} every morning. But between {hero.him} and {friend.intro} ran "
        "{place.a}.",
        "Every [morning|evening], {hero.intro} waved across {place.a} to {friend.intro}.",
        "There was {place.a} that nobody could jump over. {Hero.intro} lived on this side of it, and {friend.intro} "
        "lived on the far side.",
        "Two friends lived by {place.a}: {hero.intro} on the sunny bank and {friend.intro} on the shady bank.")
    cause = world.pick("storm", "cart", "never")
    if cause != "never":
        world.ask("a bridge that broke and was built again")
    if cause == "storm":
        say("There had been a bridge, but [a spring storm|a wild autumn storm|a flood] had [swept|washed|torn] it "
            "away.",
            "The old bridge was gone because a storm had [smashed|carried off] its [beams|planks] in the night.")
        world.fact("Why was the old bridge gone?", "A storm had destroyed it.")
    elif cause == "cart":
        say("The old bridge had [cracked|snapped|broken] in the middle when [a heavy cart|a wagon full of bricks|a "
            "cart full of potatoes] rolled over it.",
            "Last week a wagon full of [bricks|melons|barrels] had been too heavy for the old bridge, and the bridge "
            "had [fallen down|broken in two].")
        world.fact("Why was the old bridge gone?", "It broke under a heavy wagon.")
    else:
        say("Nobody had ever built a bridge there, because the water was [so fast|so wild|too quick].",
            "There was no bridge for [miles|a long way], and the water was [icy|much too deep].")
    say("So the two could only [shout and wave|wave at each other|call to each other], and that made {hero} "
        "[sad|unhappy|gloomy].",
        "{Hero} was [sad|unhappy|gloomy], because [waving|shouting] is not the same as [playing|sitting] together.",
        "They could talk, but they could not [share a snack|play tag|hold a picnic], so both of them felt "
        "[sad|unhappy|gloomy].")
    say("\"I will build a bridge,\" {hero} [shouted|called], \"and when it is done, I will bring you {gift}!\"",
        "\"Wait for me, {call}!\" {hero} [called|shouted]. \"I will make a bridge and carry {gift} across it. [I "
        "promise!|That is a promise!]\"",
        "One {#weather} morning, {hero} made a promise. \"I will build a bridge, {call}, and bring you {gift}!\"")
    world.fact("What did {hero.name} promise to bring?", "{Hero.name} promised to bring {gift}.")
    world.new_paragraph()
    way = world.pick("log", "stones", "rope")
    if way == "log":
        say("First {hero} rolled a [fallen|dry|long] log to the bank and pushed it out over the water. But the log "
            "was too short, so it [tipped|slid] in with a [loud|mighty] splash.",
            "{Hero} [dragged|pulled|rolled] a log to the water. It looked long, but it did not reach the other bank, "
            "and [plop|splash], it sank.")
        world["lesson"] = world.pick("One log is too short, but two logs can meet on a pile of stones in the middle",
                                     "Set a strong post in the middle, and let two logs rest on it")
        world["mending"] = world.pick(
            "nailed two logs together and set them on a [strong post|tall pile of stones] in the middle",
            "carried stones until there was a little island in the middle, and then laid a log on each side of it")
        world.fact("Why did the first try fail?", "The log was too short.")
    elif way == "stones":
        say("First {hero} threw [round|smooth] stones into the water to step on. But the stones were too small, so the "
            "current [rolled|swept] them away [one by one|like marbles].",
            "{Hero} made a row of [little|round] stones. At the third step they wobbled, and {hero.he} fell in up to "
            "the [chin|belly|ears].")
        world["lesson"] = world.pick("Small stones roll away. Take big flat ones and lay planks on top",
                                     "The water is stronger than small stones, but it cannot move big square ones")
        world["mending"] = world.pick("pushed big flat stones into the water and laid [oak|pine] planks on top of them",
                                      "rolled three square stones into place and nailed boards from one to the next")
        world.fact("Why did the first try fail?", "The stones were too small.")
    else:
        say("First {hero} threw a [thin|worn] rope across, and {friend} tied it to a [willow|tree|stump]. But as "
            "soon as {hero} stepped on it, the rope [snapped|tore] and {hero} landed in the mud.",
            "{Hero} tied planks to an old rope and {friend} pulled it tight. Then the rope [tore|snapped] with a "
            "[crack|"
            "twang], and all the planks floated off.")
        world["lesson"] = world.pick("One thin rope is weak, but three ropes in a braid are strong",
                                     "Braid it like hair. Three ropes together hold what one cannot")
        world["mending"] = world.pick("braided three ropes into a thick one and tied [twenty|thirty] short planks to "
                                      "it",
                                      "twisted three ropes together, knotted them around [two oaks|two posts] and "
                                      "hung the planks on them")
        world.fact("Why did the first try fail?", "The rope was too weak.")
    say("{Hero} sat down, [wet and cross|dripping and tired], and [sniffed|sighed|groaned].",
        "\"[It is no use|I give up]!\" {hero} [groaned|sighed].",
        "{Hero} shook the water off and [almost gave up|wanted to cry].", "")
    say("Just then {helper.a} came [along the path|down the road|by]. \"{lesson},\" said {helper}.",
        "{Helper.a} had [watched|seen] it all. \"{lesson},\" {helper} [explained|said with a smile].",
        "\"May I tell you a secret?\" asked {helper.a} who was [resting|fishing|sitting] nearby. \"{lesson}.\"")
    world.fact("Who gave {hero.name} good advice?", "{Helper.name} gave good advice.")
    say("That was a good idea, so {hero} tried again.", "{Hero} jumped up, because now {hero.he} knew what to do.",
        "\"Of course!\" {hero} [cried|said]. \"[Why did I not think of that?|Let me try it at once.]\"", "", "")
    world["days"] = world.word("number")
    say("For {days} days {hero} {mending}, while {friend} worked [from|on] the other bank.",
        "{Hero} {mending}. It took {days} days, and {friend} helped from the other side.",
        "{Hero} [sawed|measured], hammered and sang. In {days} days {hero.he} {mending}.")
    world.new_paragraph()
    world["title"] = world.pick("Friendship Bridge", "the Bridge of Two", "Hello Bridge", "Promise Bridge",
                                "Splash Bridge")
    say("[At last|Finally], {thing} was ready. {Hero} painted the railing {paint} and took the first careful step.",
        "On the last evening, they painted {thing} {paint}. Then {hero} tested it: one step, two steps, three steps. "
        "It held!",
        "When the last nail was in, {hero} painted the posts {paint} and [walked|marched|tiptoed] across. Nothing "
        "[cracked|wobbled|creaked].")
    world.fact("What color was the new bridge?", "They painted it {paint}.")
    say("And what did {hero} carry? It was {gift}, just as {hero.he} had promised.",
        "Under one arm {hero.he} carried {gift}, because a promise is a promise."
        if hero.kind in HANDED else "On {hero.his} back {hero.he} carried {gift}, because a promise is a promise.",
        "{Friend} was waiting on the other side. \"You brought {gift}!\" {friend.he} [cried|laughed|shouted].",
        "\"Here is {gift},\" said {hero} proudly. \"I told you I would bring it.\"")
    say("They ate in the middle of the bridge and [dangled their feet over the water|watched the fish swim below|threw "
        "crumbs to the ducks].",
        "{Friend} [hugged|thanked] {hero.him}, and they shared everything, even with {helper}.",
        "The two friends [danced|skipped] back and forth until the [stars came out|moon rose].", "", "")
    say("They called it {title}, and it [is still standing|never fell down].",
        "They named it {title}. Soon [hedgehogs, geese and postmen|mothers with baskets|farmers and their sheep] "
        "used it, too.",
        "From that day on, no one had to shout across the {place.kind}.",
        "\"Next time I will visit you first,\" said {friend}, and the next morning {friend.he} did.")


def tree_house(world):
    say = world.say
    hero, friend = _pair(world, HEAVY + BIRDS)
    _helper(world)
    world["tree"] = world.pick("oak", "beech", "chestnut tree", "walnut tree", "maple", "pear tree", "linden tree")
    world["wish"] = world.pick("the sea", "the far mountains", "the lighthouse", "the whole village",
                               "the falling stars",
                               "the wild geese")
    _thing(world, "thing", "tree house", "see far over the land",
           ["cozy", "tiny", "wooden", "round", "crooked", "secret", "red", "blue", "green"])
    _thing(world, "curtain", "curtain", "cover the window", ["yellow", "striped", "purple", "dotted", "orange",
                                                             "checkered"])
    place = world.place()
    while place.kind not in ("garden", "meadow", "farm", "village", "park", "hill", "valley", "orchard", "forest"):
        place = world.place()
    world["place"] = place
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {place.a}", "{hero.a} and {friend.a}", "building a tree house",
              "{hero.a} who wanted to see {wish}", "{hero.a} who built a house in a tree",
              "a tree house and {curtain.a}",
              "two friends who built something together")
    say("{Place.at} stood [a tall|a very old|a thick|a mighty] {tree}, and under it {hero.intro} sat and "
        "[dreamed|thought].",
        "There was once {newcomer} who lived near {place.a} and wanted to see {wish}.",
        "\"If only I were taller!\" sighed {hero.intro} [one {#weather} morning|one day in spring] {place.at}.",
        "{Hero.intro} loved [to climb|high places] more than anything else, and the best tree {place.at} was the "
        "{tree}.",
        "In {place.a} lived {hero.intro}, whose head was full of plans."
        if place.at.startswith("in") else "On {place.a} lived {hero.intro}, whose head was full of plans."
        if place.at.startswith("on") else "{Hero.intro} lived near {place.a} and had a head full of plans.")
    say("\"I want to see {wish},\" {hero} told {friend.intro}. \"From the top of the {tree} we could see everything!\"",
        "\"From up there we could [look at|see] {wish},\" {hero} said to {friend.intro} and pointed at the top of "
        "the {tree}.",
        "{Hero.he} told {friend.intro} about the plan. \"Let us build a house up in the {tree}. Then we can watch "
        "{wish}!\"")
    world.fact("What did {hero.name} want to see?", "{Hero.name} wanted to see {wish}.")
    say("\"But I am [scared|afraid] of high places,\" {friend} said softly. \"Then I will [stay close to you|make a "
        "strong railing for you],\" {hero} promised.",
        "{Friend} [clapped|cheered]. \"I know where there are [old boards|good planks]!\"",
        "\"A house needs a window,\" said {friend}, \"and I will sew {curtain.a} for it.\"",
        "\"[Good|Wonderful]!\" said {friend}. \"I can {friend.skill}, and you can {hero.skill}. We will be a fine "
        "team.\"")
    world.new_paragraph()
    say("They [collected|gathered] boards, nails and a [rusty|heavy] hammer, and for the window, {friend} "
        "found {curtain.a} [in a trunk|in an old box|on a clothesline].",
        "{Hero} brought [a saw and a bag of nails|a hammer and a ruler], and {friend} brought planks and {curtain.a} "
        "for the window.",
        "They had [crates|barrels] for walls, a door from an old [cupboard|shed], and for the window {curtain.a}.")
    trouble = world.pick("rain", "ladder", "branch", "nest")
    if trouble == "rain":
        say("The floor and the walls were done by noon. Then dark clouds came, and it [poured|rained cats and dogs]. "
            "They had forgotten the roof, so everything got [soaked|wet].",
            "They were so busy with the walls that they forgot the roof. When the rain came, water dripped on their "
            "[noses|heads] and filled their [shoes|cups].")
        say("\"[A house without a roof is only a box|We made a bathtub],\" {hero} [grumbled|laughed|sighed].", "")
        say("{Helper.a} who was passing by [called|said], \"Lay the boards like the scales of a fish, each over the "
            "next one. Then the rain runs off.\"",
            "They asked {helper.a} for help. \"Cover it with [bark|straw|reeds],\" {helper} told them, \"thick and "
            "steep, so that the water runs down.\"")
        say("They did just that, and when the next shower came, they sat [inside|on the floor], dry and [snug|warm].",
            "So they built a steep roof, and not one drop came through it anymore.")
        world.fact("What had they forgotten?", "They had forgotten the roof.")
    elif trouble == "ladder":
        say("But the ladder was too short. It ended [far below|an arm's length below] the first branch.",
            "The ladder they made had [eight|nine|ten] steps, but the {tree} needed twelve, so they could not get up.")
        say("\"[We need something longer|I cannot reach it],\" said {hero}, who stood on the top step and stretched.",
            "")
        say("They went to {helper.a}. \"Do not make it of wood,\" {helper} advised. \"Make it of rope, then it can "
            "be as long as you like.\"",
            "{Helper.a} lent them [a coil|a whole basket] of rope, and they knotted a rope ladder that "
            "[swung|danced] in the wind.")
        say("With [strong knots|thick sticks for steps] the new ladder reached [the ground|all the way down]. Up "
            "they climbed!",
            "{Hero} tied every knot twice, so that {friend} would feel safe. Then they could climb up at last.")
        world.fact("What was wrong with the first ladder?", "It was too short.")
    elif trouble == "branch":
        say("On the second day, a branch went crack. The floor [tilted|leaned] to one side, and all the nails rolled "
            "[down|into the grass].",
            "When both of them stood on the floor, it [creaked and sank|groaned], because one branch was too thin to "
            "hold it.")
        say("{Hero} grabbed {friend} just in time.", "\"Hold on!\" {hero} shouted.", "")
        say("They asked {helper.a} what to do. \"Put a strong beam under it,\" said {helper}, \"the way [a chair has "
            "legs|"
            "an arm holds a tray].\"",
            "{Helper.a} looked up and [scratched an ear|nodded slowly]. \"Two posts under the floor,\" said "
            "{helper}, \"and it will carry a piano.\"")
        say("They dug two deep holes, set two posts in them and [hammered|nailed] everything tight. After that, "
            "nothing [wobbled|moved].",
            "So they [carried|dragged] a thick beam from the sawmill and set it under the floor. Now it was as firm "
            "as a rock.")
        world.fact("Why did the floor sink?", "A branch was too weak.")
    else:
        world["bird"] = world.pick("robin", "thrush", "finch", "dove", "woodpecker")
        say("But when {hero} lifted the first board, somebody scolded. A {bird} was sitting on a nest just where the "
            "floor should go!",
            "High in the {tree}, they found a {bird} on a nest. \"Please do not shake my eggs,\" begged the {bird}.")
        say("\"We cannot chase her away,\" said {friend}. \"It is her home.\" {Hero} thought hard and nodded.",
            "{Hero} wanted to build right there, but it would not be kind, so {hero.he} put down the hammer.")
        say("{Helper.a} [had an idea|knew what to do]: \"Build it one branch lower, and leave a hole in the roof for "
            "the nest.\"",
            "They talked to {helper.a}. \"Wait until the chicks have flown,\" said {helper}, \"and build the walls "
            "on the ground in the meantime.\"")
        say("That is what they did, and the {bird} sang for them while they worked.",
            "It took longer that way, but the {bird} thanked them with a song every morning.")
        world.fact("Who lived in the tree already?", "The {bird} lived there.")
    world.fact("Who told them what to do?", "{Helper.name} told them.")
    world.new_paragraph()
    say("[At last|In the end|By the end of the week], {thing.the} was finished, and {curtain.the} [fluttered|waved] "
        "at the window.",
        "Then {thing.the} was ready. {Friend} hung up {curtain.the}, and {hero} [swept away the sawdust|rang a "
        "little bell].")
    world.fact("What hung at the window?", "{Curtain.a} hung at the window.")
    say("They pulled {curtain.the} aside, and there was {wish}, far away in the [golden|evening|clear] light!"
        if world["wish"] in ("the sea", "the lighthouse", "the whole village") else
        "They pulled {curtain.the} aside, and there they were, {wish}, blue and still in the evening light!"
        if world["wish"] == "the far mountains" else
        "They waited until evening and pulled {curtain.the} aside. There they were, {wish}, high above the {tree}!")
    say("\"[Look|Oh, look]!\" whispered {hero}. \"It is even more beautiful than in my dreams.\"",
        "{Hero} could not speak for a while, because {hero.he} was so {#happy}.",
        "\"You were right,\" said {friend}. \"From here we can see everything.\"",
        "{Hero} [squeezed|held] {friend.s} hand and smiled." if hero.kind in HANDED and friend.kind in HANDED else
        "{Hero} leaned against {friend} and smiled.")
    say("They [ate {hero.food} for supper|told stories] up there, and {helper} was their first guest.",
        "They invited {helper} for [cocoa|tea], because without good advice the house would never have been finished.",
        "And when the wind blew, the {tree} rocked them [gently|softly] to sleep.",
        "After that, whoever wanted to look at {wish} was welcome in the tree house.")


PLANTS = [
    # seed, plant, what it bears, what they do with it
    ("a flat striped seed", "a sunflower", "a golden face as wide as a plate", "fed the seeds to the hungry finches"),
    ("a smooth white seed", "a pumpkin vine", "a fat orange pumpkin", "cooked a big pot of pumpkin soup"),
    ("a tiny brown seed", "an apple tree", "one round red apple", "cut the apple into pieces for everyone"),
    ("a speckled bean", "a beanstalk", "long green pods", "shelled the beans and made a stew"),
    ("a wrinkled pea", "a pea plant", "sweet peas in a row", "opened the pods and ate the peas like candy"),
    ("a round black seed", "a melon vine", "a striped watermelon", "sliced the melon and spat the seeds into the "
     "grass"),
    ("a seed as small as dust", "a poppy", "a silky red flower", "sat beside the flower and counted its petals"),
    ("a pointed yellow seed", "a corn plant", "three ears of yellow corn", "roasted the corn over a fire"),
    ("a hard little seed", "a rose bush", "a pink rose", "gave a rose to everyone in the street"),
]


def seed(world):
    say = world.say
    hero, friend = _pair(world, ["robot"])
    _helper(world, "gardener", "old turtle", "shopkeeper", "miller", "beekeeper", "postman", "old goose", "librarian")
    world["grain"], world["plant"], world["fruit"], world["feast"] = world.pick(*PLANTS)
    _thing(world, "thing", world.pick("flower pot", "watering can", "bucket", "clay pot"), "grow things",
           ["blue", "red", "dented", "yellow", "old", "cracked", "green", "rusty"])
    pot = "pot" in world["thing"].kind
    world["bed"] = "in {thing.a}" if pot else world.pick("behind the {hero.home}", "next to a stone wall",
                                                         "by the fence",
                                                         "in a sunny corner")
    if hero.kind in ("otter", "duck", "beaver", "sailor", "pirate", "frog", "owl", "squirrel", "koala", "monkey",
                     "crow"):
        world["bed"] = "in {thing.a}" if pot else world.pick("next to a stone wall", "in a sunny corner", "by the path")
    world.ask("{hero.a} and {grain}", "{hero.a} and {thing.a}", "{hero.a} and {friend.a}",
              "{hero.a} who planted a seed",
              "{hero.a} who could not wait", "how {plant} grew from a seed", "{hero.a} who learned to be patient",
              "a seed that needed time")
    world["finding"] = finding = world.pick("gift", "found", "swap")
    if finding == "gift":
        say("One spring day, {helper.a} gave {hero.intro} {grain}.",
            "\"Hold out your {paws},\" said {helper.a} to {hero.intro} and gave {hero.him} {grain}.",
            "On {hero.his} birthday, {hero.intro} got a small present from {helper.a}. It was {grain}.",
            "{Helper.a} once said to {hero.intro}, \"This is for you,\" and gave {hero.him} {grain}.")
        world.fact("Who gave {hero.name} the seed?", "{Helper.name} gave it to {hero.him}.")
    elif finding == "found":
        world["corner"] = world.pick("in an old coat", "at the bottom of a sack", "between two stones", "under the mat",
                                     "in a crack of the road")
        say("One {#weather} day in spring, {hero.intro} found {grain} {corner}.",
            "There was once {newcomer} who found something {corner}: it was {grain}.",
            "{Hero.intro} was [sweeping|cleaning up|looking for a button] when {hero.he} saw {grain} {corner}.")
        say("\"What could it be?\" {hero} asked. {Helper.a} [bent down|looked closely] and said, \"Plant it and you "
            "will see.\"",
            "{Hero.he} showed it to {helper.a}. \"Something is asleep in there,\" said {helper}. \"Plant it and "
            "wait.\"")
        world.fact("Where did {hero.name} find the seed?", "{Hero.name} found it {corner}.")
    else:
        world["price"] = world.pick("a shiny button", "a blue marble", "a goose feather", "a piece of string",
                                    "two buns")
        say("{Hero.intro} wanted to have a garden. So {hero.he} went to {helper.a} and swapped {price} for {grain}.",
            "\"What will you give me for this?\" asked {helper.a} and showed {hero.intro} {grain}. {Hero} gave "
            "{price} for it.")
        world.fact("What did {hero.name} give for the seed?", "{Hero.name} gave {price} for it.")
    say("\"What will it become?\" asked {hero}. \"That is its secret,\" said {helper}.",
        "It did not look like much, but {hero} felt that it was [special|precious].",
        "Nobody knew what would grow from it.", "")
    say("{Hero} planted it {bed}, covered it with [soft|dark|crumbly] earth and gave it water"
        + ("." if pot else " from {thing.a}."),
        "{Hero.he} dug a little hole {bed}, [dropped|laid] the seed in it and " + (
            "watered it." if pot else "watered it with {thing.a}."),
        "With {hero.his} {paws} {hero.he} made a hole {bed}, put the seed to bed and poured some water on it"
        + ("." if pot else " with {thing.a}."))
    world.new_paragraph()
    say("Then {hero.he} sat down and [waited|stared at the ground]. Nothing happened.",
        "The next morning {hero.he} ran to look. There was [only earth|nothing to see].",
        "One day passed, then another. The earth stayed [brown|bare|empty].")
    say("\"Grow!\" {hero} [shouted|ordered]. \"[Hurry up|Please grow]!\" But the seed [did not listen|did not care].",
        "{Hero.he} [sang|read stories|whispered] to it, and still nothing grew.",
        "\"Maybe it is [broken|lazy|asleep],\" {hero} [grumbled|muttered] and [stamped a foot|sighed].",
        "{Hero} wanted to dig it up and look at it.", "")
    say("\"You must not dig it up,\" {friend.intro} warned {hero.him}. \"A seed needs [the dark|time] to wake up.\"",
        "{Friend.intro} [smiled|shook {friend.his} head]. \"You do not pull on [a chick|a kitten] to make it big,\" "
        "{friend.he} said. \"Wait.\"",
        "Then {friend.intro} came by. \"[Good things are slow|Roots come first],\" {friend.he} said, \"and we can't "
        "see them.\"")
    course = world.pick("dry", "snail", "ill", "cold")
    if course == "dry":
        say("So {hero} waited and watered it every [morning|evening]. Then came [two|three] hot weeks, and the well "
            "was [almost dry|very low]. {Hero} drank less, so that the seed could have its cup of water.",
            "Then it got so hot that the [grass turned yellow|ground cracked]. {Hero} walked to the [river|spring] "
            "twice a day to fetch water for the seed.")
    elif course == "snail":
        world["eater"] = world.pick("a fat snail", "a slug", "a hungry grasshopper", "a green caterpillar",
                                    "a little snail")
        say("After {#number} days a green tip [peeped|poked] out. But in the night, somebody nibbled at it, and in "
            "the morning {hero} found {eater} on the last leaf.",
            "At last there was a green leaf, but {eater} was [chewing|munching] on it.")
        say("\"I was hungry,\" it [mumbled|said]. {Hero} was [angry|upset], but then {hero.he} gave it [a cabbage "
            "leaf|some lettuce] instead. After that, it left the plant alone.",
            "\"Stop!\" cried {hero}. {Hero.he} carried it to the clover, where there was plenty to eat, and built a "
            "small fence of [twigs|sticks].")
        world.fact("Who was eating the little plant?", "{Eater} was eating it.")
    elif course == "ill":
        say("Then {hero} caught a cold and had to stay in bed for a whole week. \"My poor seed!\" {hero.he} "
            "[coughed|sniffed]. \"Nobody gives it water!\"",
            "But {hero} fell ill and could not get up for {#number} days. All the time {hero.he} worried about the "
            "seed.")
        say("{Hero.he} did not know that {friend} came every evening and watered it in secret.",
            "Yet every day, [very quietly|without a word], {friend} watered it for {hero.him}.")
        world.fact("Who watered the seed when {hero.name} was ill?", "{Friend.name} watered it.")
    else:
        say("One night it turned [bitterly cold|icy], and frost lay on the grass. {Hero} jumped out of bed and "
            "covered the spot with {hero.his} own [blanket|quilt|wool scarf].",
            "A late frost came in the night. {Hero} and {friend} put straw and an old [coat|quilt] over the spot, so "
            "that the seed would not freeze.")
        world.fact("What danger came in the night?", "Frost came in the night.")
    world.new_paragraph()
    say("And then, one {#pretty} morning, {hero} saw [a green shoot|two small leaves]. \"It is awake!\" {hero.he} "
        "shouted."
        if course != "snail" else
        "Now the plant was safe, and it grew [a finger taller every day|faster and faster]. \"Look at you!\" said "
        "{hero}.",
        "[At last|Then], when {hero} had almost stopped hoping, something green [reached for|stretched toward] the sun."
        if course != "snail" else "New leaves came, then [still more|bigger ones]. {Hero} measured them with a "
        "[ruler|string].")
    say("It grew [past {hero.his} knees|up to the window] and became {plant}, and [by|at the end of] summer it had "
        "{fruit}."
        if hero.kind in HANDED else "It grew and grew. It became {plant}, and [by|at the end of] summer it had "
        "{fruit}.",
        "Week after week it grew, and it turned into {plant}. By the end of summer it had {fruit}.")
    world.fact("What did the seed become?", "It became {plant}.")
    say("\"So that was your secret!\" {hero} [whispered|said] [happily|in wonder].",
        "\"It was worth the wait,\" said {friend}, and {hero} had to agree.",
        "\"I only waited and cared for it,\" {hero} said, \"and it did the rest.\"",
        "{Hero} [danced|ran] around it three times, because {hero.he} was so {#happy}.", "", "")
    if course == "ill":
        say("Then {hero} learned who had carried the water and thanked {friend} with [a big hug|tears of joy].",
            "\"It was you!\" {hero} said to {friend}. \"You watered it for me. [Thank you!|Half of it is yours.]\"")
    say("Together they {feast}, and {helper} came, too.", "{Hero} invited {friend} and {helper}, and they {feast}.",
        "In the fall they {feast}.")
    say("{Hero} saved one seed, [dried|cleaned] it and gave it to {friend}. \"[Be patient|Do not dig it up],\" "
        "{hero.he} said.",
        "And the next spring, there were [ten|twenty] seeds to plant, and {hero} did not mind waiting at all.",
        "{Hero} put {thing} away for the winter and [smiled|hummed]. Now {hero.he} knew how to wait.",
        "Whenever someone was in a hurry, {hero} told the story of the seed.")


EGGS = [
    # look of the egg, the young one, parent, where they live, lesson, first food
    ("a pale blue egg", "duckling", "duck", "pond", "swim", "wet bread"),
    ("a speckled egg", "owlet", "owl", "hollow tree", "fly", "beetles"),
    ("a green egg with gold spots", "baby dragon", "dragon", "mountain", "breathe fire", "pepper soup"),
    ("a round leathery egg", "baby turtle", "turtle", "beach", "dive", "seaweed"),
    ("a huge cream egg", "baby ostrich", "ostrich", "grassland", "run", "clover"),
    ("a warm brown egg", "chick", "hen", "farm", "scratch for worms", "crumbs"),
    ("a big gray egg", "gosling", "goose", "lake", "paddle", "dandelions"),
    ("a long white egg", "baby crocodile", "crocodile", "river", "snap at flies", "little fish"),
    ("a tiny white egg", "baby swallow", "swallow", "old barn", "fly", "gnats"),
    ("a purple egg", "baby dinosaur", "dinosaur", "swamp", "stomp", "ferns"),
]


def egg(world):
    say = world.say
    world["shell"], world["young"], world["parent"], world["nest"], world["lesson"], world["meal"] = world.pick(*EGGS)
    parent = world["parent"]
    world.taken.update([parent, "hen", "duck", "owl", "dragon", "turtle"])
    hero, friend = _pair(world, ["snake", "robot"])
    place = world.place()
    while place.kind not in ("forest", "meadow", "garden", "hill", "valley", "park", "orchard", "island", "jungle",
                             "farm"):
        place = world.place()
    world["place"] = place
    world["spot"] = place.found
    _thing(world, "thing", world.pick("scarf", "blanket", "shawl", "quilt", "towel"), "keep warm",
           ["red", "striped", "green", "soft", "yellow", "gray", "purple", "woolen", "checkered", "blue"])
    little = world["little"] = world.pick(*[name for name in lexicon.PET_NAMES if name not in world.taken])
    world["baby"] = Character(world.rng, world["young"], little, world.pick("she", "he"), False, hero.traits)
    world["song"] = world.pick("a song about the moon", "a lullaby about the rain", "a song about seven sheep",
                               "a song about a sleepy train", "a soft tune without words")
    world.ask("{hero.a} and {shell}", "{hero.a} who found an egg", "{hero.a} and {place.a}", "{hero.a} and {friend.a}",
              "{hero.a} and {thing.a}", "{hero.a} who kept an egg warm", "how {baby.a} hatched",
              "{hero.a} and {baby.a}")
    say("[One morning|After a windy night|One day in April], {hero.intro} found {shell} {spot} {place.at}.",
        "{Hero.intro} was [picking flowers|looking for {hero.food}|taking a walk] {place.at} when {hero.he} saw "
        "{shell} {spot}.",
        "{Place.at}, {spot}, lay {shell}. Nobody was near except {hero.intro}.",
        "\"What is this?\" asked {hero.intro} one {#weather} day {place.at}. {spot} lay {shell}.",
        "Once there was {newcomer} who [went for a walk|liked to explore] {place.at}. [Suddenly|There], {spot}, "
        "{hero.he} saw {shell}.")
    world.fact("Where did {hero.name} find the egg?", "It was {spot}.")
    say("It was cold, and there was no [nest|mother] [anywhere|in sight].",
        "{Hero} looked [left and right|up and down], but there was no mother anywhere.",
        "{Hero.he} called, \"Hello! Whose egg is this?\" Nobody answered.", "")
    say("\"It will freeze if I leave it here,\" {hero} [thought|said]. So {hero.he} wrapped it in {thing.a}.",
        "{Hero} [felt sorry for it|was worried about it], because an egg must be warm. Gently {hero.he} wrapped "
        "{thing.a} around it.",
        "\"You poor little egg,\" {hero} [whispered|murmured] and tucked it into {thing.a}.")
    world.fact("What did {hero.name} wrap the egg in?", "{Hero.name} wrapped it in {thing.a}.")
    say("Then {hero.he} carried it home as carefully as [if it were glass|a cup full to the brim].",
        "Step by step, {hero.he} carried it home and never [stumbled|tripped] once.", "", "")
    world.new_paragraph()
    say("{Friend.intro} [came to visit|looked in at the door]. \"[What is in there?|Is it a stone?]\" {friend.he} "
        "asked.",
        "{Hero} told {friend.intro} about it. \"What do you think is inside?\" {hero} asked.",
        "\"May I see it?\" asked {friend.intro}, who lived next door.")
    guess = world["guess"] = world.pick("a snake", "a fish", "a penguin", "a tiny king", "a crab", "a lizard")
    say("They made guesses. \"I think it is {guess},\" {friend} said. {Hero} was not sure.",
        "\"Perhaps it is {guess}!\" {friend} [giggled|laughed]. \"We will see,\" {hero} answered.",
        "{Friend} [knocked|tapped] on the shell. \"I bet it is {guess},\" {friend.he} said.")
    world.fact("What did {friend.name} think was in the egg?", "{Friend.name} thought it was {guess}.")
    say("Every night {hero} sang {song}, because even an egg can be lonely.",
        "So that it would not be afraid of the dark, {hero} sang it {song}.",
        "For {#number} nights {hero} sat beside the egg and sang {song}.")
    course = world.pick("storm", "tired", "roll", "cold")
    if course == "storm":
        say("Then came a terrible storm. The wind [howled|roared] around the {hero.home}, and rain came in. {Hero} "
            "held the egg close to {hero.his} heart until the [thunder|storm] was over.",
            "One night, thunder [rumbled|crashed] and the {hero.home} shook. {Hero} did not run away. {Hero.he} bent "
            "over the egg, so that not one drop could touch it.")
    elif course == "tired":
        say("But {hero} grew [so tired|so sleepy] that {hero.his} eyes fell shut. \"Sleep now,\" said {friend}. "
            "\"I will keep it warm until sunrise.\" And {friend.he} did.",
            "On the last night {hero} could not stay awake any longer, so {friend} took a turn and warmed the egg "
            "until morning.")
        world.fact("Who warmed the egg when {hero.name} was tired?", "{Friend.name} warmed it.")
    elif course == "roll":
        say("One afternoon the egg began to [wiggle|rock]. It rolled off the [bench|table], out of the door and down "
            "the path! {Hero} and {friend} [raced|ran] after it, and {friend} caught it just before it fell into a "
            "[puddle|ditch].",
            "Once, when nobody was watching, the egg rolled [away|down the slope]. \"Stop it!\" {hero} "
            "[screamed|cried]. {Friend} threw down a [sack of wool|heap of hay], and the egg landed softly.")
        world.fact("Who saved the egg when it rolled away?", "{Friend.name} saved it.")
    else:
        say("When the fire went out one night, {hero} was [frightened|worried]. There was no more wood, so {friend} "
            "brought warm stones [in a pan|in a bucket] and laid them around the egg.",
            "It snowed [once more|late that spring], and the egg felt cool. \"Quick!\" said {friend}, and together "
            "they put warm stones all around it.")
    world.new_paragraph()
    say("[Early the next morning|On the tenth day|At dawn], there was a [tiny|soft] sound. Tap, tap, crack!",
        "Then the shell went [crick, crack|tick, tick, crack]. A small hole appeared.",
        "\"It is moving!\" {hero} [whispered|gasped]. Crack! A piece of shell fell off.")
    say("Out [climbed|tumbled|crawled] {baby.a}, [wet and wobbly|blinking in the light]. It was not {guess} at all!",
        "A [little|damp] head came out and [sneezed|blinked]. It was {baby.a}, and not {guess}.")
    world.fact("What came out of the egg?", "{Baby.a} came out of the egg.")
    say("\"Hello,\" said {hero}. \"I will call you {baby.name}.\" {baby.name} ate some {meal} and fell asleep in "
        "{thing}.",
        "They named {baby.him} {baby.name}. {baby.name} was so hungry that {baby.he} ate a whole plate of {meal}.",
        "\"You are {baby.name},\" {hero} said and fed {baby.him} {meal}.")
    ending = world.pick("mother", "teach", "stay")
    if ending == "mother":
        say("Soon a [worried|tired] {parent} came by. \"The wind took my egg away,\" she said. \"I have looked "
            "everywhere!\" {Hero} was a little [sad|unhappy|gloomy], but {hero.he} put {baby.name} into her arms."
            if parent in ("dragon", "dinosaur") else
            "Soon a [worried|tired] {parent} came by. \"The storm took my egg away,\" she said. \"I have looked "
            "everywhere!\" {Hero} was a little [sad|unhappy|gloomy], but {hero.he} brought {baby.name} to her.")
        say("\"Who kept my little one warm?\" asked the {parent}. Then she saw {thing}, and she [bowed|smiled] to "
            "{hero}.",
            "\"Visit us whenever you like,\" the {parent} told {hero}. \"{baby.name} has two families now.\"")
        say("Every night, {baby.name} still asked for {song}.",
            "And when {baby.name} could not sleep, the {parent} had to sing {song}.")
    elif ending == "teach":
        say("{baby.name} grew fast and wanted to {lesson}. {Hero} could not show {baby.him}, so they went to the "
            "{nest} and asked a friendly {parent}. She was happy to teach {baby.him}.",
            "\"Who will teach {baby.him} to {lesson}?\" {friend} asked. They walked to the {nest}, and there a kind "
            "{parent} took {baby.name} under her care.")
        say("In spring {baby.name} came back to visit, much bigger, and hummed {song}.",
            "A year later, someone knocked at the door. It was {baby.name}, who still had {thing}.")
    else:
        say("{baby.name} followed {hero} everywhere and slept on {thing} each night.",
            "From then on, [three|the three] of them played together, and {baby.name} learned to {lesson} all alone.")
        say("And when {baby.name} was sad, {hero} sang {song}, and everything was fine again.",
            "One evening {hero} was sick and lay in bed. {baby.name} brought {thing} and sang {song}.")
    say("\"And I thought it was {guess}!\" {friend} [laughed|said].",
        "{Hero} kept a piece of the shell [in a little box|on the shelf] forever.", "",
        "{Hero} was {#happy}, because a bit of warmth had become a friend.", "", "")


WARES = [
    # many, one, how they were made, what a customer does with one
    ("jars of honey", "jar of honey", "had carried the honeycombs home and filled every jar", "dipped a finger in it"),
    ("ginger cookies", "ginger cookie", "had stirred the dough and baked until midnight", "took a bite"),
    ("clay pots", "clay pot", "had shaped each one on a wheel and dried it in the sun", "knocked on it and heard it "
     "ring"),
    ("woolen socks", "woolen sock", "had knitted all winter by the stove", "rubbed it against a cheek"),
    ("straw baskets", "straw basket", "had woven them from the best straw", "pulled hard at the handle"),
    ("beeswax candles", "beeswax candle", "had poured the warm wax into molds", "held it to the nose and smiled"),
    ("wooden spoons", "wooden spoon", "had carved them from cherry wood", "stirred the air with it"),
    ("cherry tarts", "cherry tart", "had picked the cherries and rolled the dough", "tasted it with closed eyes"),
    ("bunches of lavender", "bunch of lavender", "had cut the stems before sunrise", "breathed in deeply"),
    ("paper windmills", "paper windmill", "had folded each one with care", "blew on it until it whirled"),
]
WISHES = [
    ("lantern", ["copper", "green", "little", "brass"], "{Friend} had to walk home in the dark every night",
     "From then on, the light of {thing} showed {friend} the way home."),
    ("umbrella", ["yellow", "dotted", "striped", "purple"], "{Friend} always came home wet from the rain",
     "The next time it rained, {friend} stayed dry and [whistled|hummed] under {thing}."),
    ("quilt", ["thick", "patchwork", "blue", "soft"], "{Friend} had been cold all winter",
     "That night {friend} slept under {thing} and did not shiver once."),
    ("teapot", ["round", "white", "flowered", "blue"], "{Friend.s} old teapot had cracked",
     "They filled {thing} with [mint|apple] tea, and the steam rose to the ceiling."),
    ("flute", ["silver", "wooden", "slim", "black"], "{Friend} loved music but had nothing to play on",
     "Soon everyone could hear {thing} from far away, for {friend} played it each evening."),
    ("kite", ["red", "long-tailed", "orange", "paper"], "{Friend.s} birthday was near",
     "The next windy day, {thing} danced high over the roofs, and {friend} held the string."),
    ("chair", ["rocking", "comfy", "painted", "blue"], "{Friend} had only an old crate to sit on",
     "In the evening {friend} sat in {thing} and would not get up again."),
]


def market(world):
    say = world.say
    hero, friend = _pair(world, ["robot"])
    _helper(world, "baker", "miller", "shepherd", "fisherman", "tailor", "shopkeeper", "postman", "nurse", "old goose",
            "cook")
    world["wares"], world["ware"], world["craft"], world["test"] = world.pick(*WARES)
    kind, looks, world["reason"], world["glad"] = world.pick(*WISHES)
    _thing(world, "thing", kind, "", looks)
    _place(world, "market", "at", ["ripe fruit", "loud sellers", "shiny pots", "piles of cabbages"], ["busy", "noisy",
                                                                                                      "big"])
    world["price"] = world.pick("six", "seven", "eight", "nine", "ten", "twelve")
    world["cloth"] = world.word("color")
    world.ask("{hero.a} and {place.a}", "{hero.a} and {thing.a}", "{hero.a} and {friend.a}",
              "{hero.a} who sold {wares}", "{wares} and {thing.a}", "a day at the market",
              "{hero.a} who wanted to buy {thing.a}", "a present for {friend.a}")
    say("{Hero.intro} wanted to give {friend.intro} a present.",
        "{Hero.intro} was making a secret plan for {friend.intro}.",
        "There was once {newcomer} who had a dear friend, {friend.intro}.",
        "\"I need {price} coins,\" {hero.intro} said one morning. The coins were for a present for {friend.intro}.",
        "{Hero.intro} and {friend.intro} had been friends for a long time.",
        "Nobody was kinder than {friend.intro}, thought {hero.intro}, who lived next door.")
    say("{reason}, so {hero} wanted to buy {thing.a}. But it cost {price} coins, and {hero.he} had none.",
        "{reason}. \"What {friend.he} needs is {thing.a},\" thought {hero}. But {thing.the} at the market cost "
        "{price} coins.",
        "At the market {hero} had seen {thing.a} for {price} coins. {reason}, so it would be just the right gift. But "
        "{hero} had no money.")
    world.fact("What did {hero.name} want to buy?", "{Hero.name} wanted to buy {thing.a}.")
    world.fact("How much did {thing.the} cost?", "It cost {price} coins.")
    say("So {hero.he} decided to sell {wares}. {Hero.he} {craft}.",
        "Luckily, {hero.he} knew how to make fine {wares}. {Hero.he} {craft}, and now they were ready.",
        "Luckily, {hero.he} was good at one thing: making {wares}. {Hero.he} {craft}.")
    world.fact("What did {hero.name} sell?", "{Hero.name} sold {wares}.")
    world.new_paragraph()
    course = world.pick("shy", "rain", "poor", "dog", "late")
    if course == "late":
        say("{Hero} loaded everything on a handcart and set out for the market early. There {hero.he} wanted to "
            "spread a {cloth} cloth on a table.",
            "On market day, {hero} packed the {wares} and a {cloth} cloth into a cart and pulled it down the road.")
    else:
        say("On [Saturday|market day|Friday], {hero} got up with the sun, went to the market and spread a {cloth} "
            "cloth on a table.",
            "Early in the morning, {hero.he} loaded a handcart and pushed it to the market, where {hero.he} put "
            "everything on a {cloth} cloth.",
            "The market was [full of people|loud and colorful]. {Hero} found a free corner and laid the {wares} on a "
            "{cloth} cloth.")
    if course == "shy":
        say("All around {hero.him} sellers shouted, \"[Fresh fish|Hot buns|Sweet melons]! Come and buy!\" {Hero} was "
            "too shy to shout, so nobody [stopped|looked].",
            "People hurried past with full bags. {Hero} only whispered, \"{Wares}, please,\" and no one heard it.")
        say("{Helper.a} at the next table [leaned over|winked]. \"If you cannot shout, let them try one,\" {helper} "
            "said.",
            "\"You need a [sign|song],\" said {helper.a} from the next stall. \"Something that fits you.\"")
        say("So {hero} offered a {ware} to an old lady. She {test}. \"[Marvelous|Oh, how nice]!\" she "
            "[cried|called], and everyone turned around.",
            "{Hero} held out a {ware} to a man with a beard. He {test}, and then he [called his wife|bought three].")
        world.fact("Why did nobody stop at first?", "{Hero.name} was too shy to shout.")
    elif course == "rain":
        say("{Hero.he} had sold only one {ware} when the sky turned [black|gray] and the rain [came down|drummed on "
            "the tables]. The customers ran away.",
            "But at ten o'clock, it began to pour. All the customers [fled|ran home], and puddles grew between the "
            "stalls.")
        say("{Helper.a} had no roof over the table. \"Come under mine!\" {hero} called and moved over. Together they "
            "held the {cloth} cloth above [their heads|everything].",
            "{Hero} saw that {helper.a} was getting soaked, so {hero.he} took the {cloth} cloth and tied it up as a "
            "roof for two.")
        say("When the sun [came back|broke through], {helper} told every customer, \"Go to that table, too. There "
            "you find a good heart.\"",
            "After the shower, {helper} said, \"You helped me, so now I will help you,\" and called out so loudly "
            "that people came from all sides.")
        world.fact("What did {hero.name} use as a roof?", "{Hero.name} used the {cloth} cloth as a roof.")
    elif course == "poor":
        world["guest"] = world.pick("a thin boy with bare feet", "a tired old woman", "a traveler with holes in his "
                                    "coat",
                                    "a small girl without a coin")
        say("The first to come was {guest}. \"I have no money,\" was the soft answer when {hero} named the price.",
            "{Guest} stood there for a long time and only looked.")
        say("{Hero} [thought|thought hard]. It would mean one coin less. Still, {hero.he} gave away one {ware} as a "
            "present.",
            "\"Take this {ware},\" {hero} said. \"It is a present.\"")
        say("{Helper.a}, who had a stall nearby, had seen it. \"That was kind,\" said {helper} and [bought "
            "three|bought five] at once. Others followed.",
            "Half an hour later, a whole crowd came. \"We heard what you did,\" said {helper.a}, who walked in "
            "front. \"We would rather buy from you than from anybody else.\"")
        world.fact("Who got a present from {hero.name}?", "{Guest} got a present.")
    elif course == "dog":
        world["rogue"] = world.pick("a cheeky magpie", "a stray kid goat", "a runaway piglet", "a naughty jackdaw",
                                    "a fat gander")
        say("Suddenly {rogue} [jumped|landed] on the table, grabbed the {cloth} cloth and pulled. [Crash|Bump]! "
            "Everything fell.",
            "Then {rogue} [stole|snatched] a {ware} and ran between the legs of the customers. Tables tipped, [eggs "
            "broke|cabbages rolled], people screamed.")
        say("\"[Stop|Thief]!\" {hero} cried and ran after it, around the fountain and [under a cart|through a fish "
            "stall]. At last {hero.he} caught it by the [tail|leg].",
            "{Helper.a} [threw down an apron|held out a broom], and {hero} caught the rascal at last. \"Hungry?\" "
            "asked {hero} and gave it a [crust|carrot].")
        say("Everybody laughed and clapped. \"What a show!\" they said, and then they saw the {wares} and wanted to "
            "buy some.",
            "Now the whole market knew {hero}. People stayed to talk, and each of them bought a {ware}.")
        world.fact("Who made trouble at the market?", "{Rogue} made trouble.")
    else:
        say("But on the way [a wheel had come off|the cart had got stuck in the mud], so {hero} was late. Most "
            "people had already gone home with full baskets.",
            "It was nearly noon, because the cart had [lost a wheel|rolled into a ditch] on the way, and the best "
            "hours were over.")
        say("{Hero} sat behind the {cloth} cloth and [counted the clouds|looked at the ground]. Not one {ware} was "
            "sold.",
            "\"Now I will never get {price} coins,\" {hero.he} [sighed|whispered].")
        say("Then {helper.a} came running. \"I need presents for [a wedding|a big party] tonight, and everyone else "
            "has packed up! I will take all of them!\"",
            "At the very end {helper.a} stopped. \"{Wares}? I have been looking for those all day,\" {helper} said "
            "and bought the whole table empty.")
        world.fact("Who bought the {wares}?", "{Helper.name} bought them.")
    world.new_paragraph()
    if course != "late":
        say("By [noon|the afternoon] every {ware} was gone.", "One {ware} after the other was sold, and coins "
            "[clinked|jingled].",
            "Soon there was nothing left on the {cloth} cloth but a heap of coins.")
    ending = world.pick("exact", "short", "short")
    if ending == "exact":
        say("{Hero} counted twice. There were exactly {price} coins! {Hero.he} ran to buy {thing.a}.",
            "\"Seven, eight, and more! It is enough!\" {hero} [shouted|cried] and [raced|hurried] to buy {thing.the}."
            if world["price"] in ("nine", "ten", "twelve") else
            "{Hero} counted the money. It was enough, so {hero.he} [raced|hurried] to buy {thing.the}.")
    else:
        say("{Hero} counted the money. One coin was missing! But {helper} put a coin on the pile and said, \"That is "
            "from me.\"",
            "There was one coin too few. \"Never mind,\" said the owner of {thing}. \"Your kind face is worth a "
            "coin.\"")
    say("In the evening {hero} knocked at {friend.s} door. \"This is for you!\" {Friend} [could not believe "
        "it|gasped|jumped for joy].",
        "{Hero} [hid|carried] it behind {hero.his} back all the way to {friend}. \"[Guess what I have|Close your "
        "eyes]!\" {hero} said.",
        "\"For me?\" {friend} asked when {hero} came with {thing.the}. \"It is the best present I ever got.\"")
    say("{glad}", "{glad}", "{glad} And {hero} [smiled|was proud], because it was worth all the work.")


COLOR_SOURCES = [
    # color, how it was made, from what, what was to have that color, in which picture
    ("red", "squashed a beet", "a beet", "the flags", "a castle in the clouds"),
    ("red", "boiled a bag of cherries", "cherries", "the poppies", "a garden in summer"),
    ("yellow", "crushed dandelions", "dandelions", "the beach", "a harbor with ships"),
    ("green", "mashed spinach leaves", "spinach", "the grass", "a meadow in spring"),
    ("black", "ground a piece of coal", "coal", "the night sky", "a whale under the moon"),
    ("purple", "boiled blackberries", "blackberries", "the far hills", "a train in the evening"),
    ("orange", "grated a carrot", "carrots", "the pumpkins", "a farm in the fall"),
    ("brown", "stirred mud with water", "mud", "the fur", "a dancing bear"),
    ("blue", "pressed cornflowers", "cornflowers", "the waves", "a ship in a storm"),
]


def painting(world):
    say = world.say
    hero, friend = _pair(world, ["robot", "fox"])
    _helper(world, "librarian", "baker", "teacher", "nurse", "shopkeeper", "postman", "old owl", "tailor")
    place = world.place()
    while place.kind not in ("village", "town", "school", "library", "park", "train station", "harbor", "castle"):
        place = world.place()
    world["place"] = place
    _thing(world, "thing", "paintbrush", "paint pictures with it", ["old", "thin", "wooden", "bushy", "soft", "blue",
                                                                    "red"])
    course = world.pick("color", "blot", "idea", "wind")
    goal = world.pick("wall", "contest", "sick") if place.kind in ("village", "town", "harbor",
                                                                   "castle") else world.pick(
        "wall", "contest")
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} and {place.a}",
              "{hero.a} who painted a picture",
              "{hero.a} who wanted to be a painter", "a picture for {helper.a}" if goal != "contest" else "a "
              "painting contest")
    world["giver"] = world.pick("an aunt", "a cousin", "a neighbor", "a traveling painter", "an old sailor")
    world["donor"] = "the " + world["giver"].split(" ", 1)[1]
    say("{Hero.intro} had {thing.a}, a gift from {giver}.",
        "{Giver} once gave {hero.intro} {thing.a}.",
        "There was {newcomer} who painted on everything: on stones, on bags and even on {hero.his} own toes. {Giver} "
        "had given {hero.him} {thing.a}.",
        "\"Paint what you love,\" {giver} had said and given {thing.a} to {hero.intro}.",
        "Every day after breakfast, {hero.intro} took {thing.a} and painted. It was a present from {giver}.")
    world.fact("Who gave {hero.name} {thing.the}?", "{Giver} gave it to {hero.him}.")
    if goal == "wall":
        say("{Place.at}, there was a wall that was [gray and ugly|bare and sad]. \"Could you paint something on it?\" "
            "{helper.a} asked {hero}.",
            "One day {helper.a} pointed at a gray wall {place.at}. \"That wall makes everyone "
            "[sad|unhappy|gloomy],\" {helper} said to {hero}. \"[Please paint it|It needs some color].\"")
    elif goal == "contest":
        say("One day a poster hung {place.at}. It said: \"Painting contest on Sunday! {helper} is the judge.\"",
            "\"Have you heard it?\" asked a neighbor. \"There is a painting contest {place.at}, and {helper.a} is "
            "the judge!\"")
    else:
        say("One winter {helper.a} fell ill and had to stay in bed, in a room {place.at} without a [view|window].",
            "{Helper.a}, who lived {place.at}, had broken a leg and had to look at a white wall all day long.")
        say("\"I will paint a window for the wall,\" {hero} decided, \"so that {helper} can see the world.\"",
            "{Hero} felt sorry. \"A picture will help,\" {hero.he} thought and got to work.")
    world.new_paragraph()
    world["scene"] = world.pick("a harbor with ships", "a meadow in spring", "a castle in the clouds",
                                "a forest at dawn",
                                "a dancing bear", "a train in the hills", "a garden full of poppies",
                                "a whale under the moon")
    if course == "color":
        world["tint"], world["making"], world["source"], world["part"], world["scene"] = world.pick(
            *COLOR_SOURCES)
        say("{Hero} painted {scene}. But when {hero.he} came to {part}, the {tint} paint was [empty|used up].",
            "{Hero} wanted to paint {scene}. \"I need {tint} for {part},\" {hero.he} said, but the {tint} jar was "
            "[dry|empty].")
        world.fact("Which color was missing?", "The {tint} paint was missing.")
        say("The shop was closed, and {hero} was [sad|unhappy|gloomy].", "\"I cannot finish it without {tint},\" "
            "{hero.he} groaned.",
            "\"What shall I do? It must be done by tomorrow!\"")
        say("{Friend.intro} looked around the kitchen. \"Look, we can make some,\" {friend.he} said. {Friend} "
            "{making}, and there it was: the finest {tint}!",
            "\"Colors do not come from shops,\" said {friend.intro}. \"They come from "
            "the earth.\" {Friend} {making} and held out a bowl of {tint}.")
        world.fact("What did {friend.name} make the paint from?", "{Friend.name} made it from {source}.")
        say("{Hero} dipped {thing} in it and painted {part}. It [glowed|shone] as never before.",
            "With {thing} and the new paint, {hero} finished {part} that very night.")
        world["recall"] = world.pick("\"And {part}! What a rare color!\" \"That is {source},\" {hero} "
                                     "[laughed|said], and "
                                     "everyone laughed.", "Nobody guessed that the {tint} came from {source}.")
    elif course == "blot":
        world["blot"] = world.pick("a black cat", "a hot-air balloon", "a big umbrella", "a friendly whale",
                                   "a storm cloud",
                                   "a round hill with a tiny house")
        world["spotted"] = "the " + world["blot"].split(" ", 1)[1]
        say("{Hero} worked for {#number} days on {scene}. Then {friend.intro} came in, [tripped|stumbled] over the "
            "[mat|bucket], and a big blot of ink [splashed|landed] right in the middle.",
            "{Hero} was painting {scene}, and it was almost done. At that moment {friend.intro} [sneezed|bumped into "
            "the table], and the ink spilled over the picture.")
        say("\"My picture!\" {hero} [wailed|cried]. \"I am so sorry,\" {friend} whispered and turned pale.",
            "{Hero} wanted to shout, but {friend} already had tears in {friend.his} eyes. \"I ruined it,\" "
            "{friend.he} sobbed.")
        say("{Hero} looked at the blot for a long time, from the left and from the right. \"It looks like {blot},\" "
            "{hero.he} said slowly.",
            "Then {hero} [tilted {hero.his} head|squinted]. \"Wait! I see something in it. It is {blot}!\"")
        say("With {thing} {hero.he} added a few lines, and the mistake became the best part of the picture.",
            "{Hero.he} took {thing}, painted some more, and soon nobody could tell that it had been an accident.")
        world.fact("What did {hero.name} make out of the blot?", "{Hero.name} made {blot} out of it.")
        world["recall"] = world.pick("Everyone loved {spotted} most, and {friend} [blushed|giggled].",
                                     "\"The best thing is {spotted},\" people said. {Hero} winked at {friend}.")
    elif course == "idea":
        world["love"] = world.pick("{friend.name} laughing in the rain", "the old road with its puddles",
                                   "a bowl of ripe pears",
                                   "the light in {hero.his} own window", "a sleeping cat on a fence")
        say("But {hero} did not know what to paint. First {hero.he} tried {scene}, then a king on a horse. {Hero.he} "
            "crumpled up one sheet after the other.",
            "{Hero.he} sat in front of white paper all morning. \"Should it be {scene}?\" {hero.he} muttered. "
            "Nothing seemed right.")
        say("{Friend.intro} [found|saw] {hero.him} among the paper balls. \"What did {donor} tell you when you got "
            "the brush?\" {friend.he} asked.",
            "\"Stop thinking so hard,\" said {friend.intro}. \"Come outside with me and look around.\"")
        say("{Hero} [closed {hero.his} eyes|thought]. Then {hero.he} knew it and painted {love}, because {hero.he} "
            "loved it.",
            "All at once {hero.he} saw it, plain and beautiful: {love}. {Hero} took {thing} and painted just that.")
        world.fact("What did {hero.name} paint in the end?", "{Hero.name} painted {love}.")
        world["recall"] = world.pick("\"I have seen a hundred kings on horses,\" {helper} said, \"but never this.\"",
                                     "\"You painted what you love,\" {helper} said. \"One can feel it.\"")
    else:
        world["landing"] = world.pick("the top of a pear tree", "the chimney of the bakery", "the back of a cow",
                                      "the mast of a boat", "the arm of a statue")
        say("{Hero} painted a picture of {scene} and put it outside to dry. Whoosh! A gust of wind [lifted|grabbed] "
            "it and carried it off.",
            "When a picture of {scene} was finished, {hero} carried it through the street. A sudden wind tore it out "
            "of {hero.his} {paws}.")
        say("\"Come back!\" {hero.he} [yelled|cried]. {Friend.intro} heard it and [came running|joined the chase].",
            "{Hero} ran after it, and {friend.intro}, who was [fixing a fence|hanging up shirts], ran, too.")
        say("They chased it over [walls|ditches] and hedges. At last it got caught on {landing}, and {friend} "
            "brought it down.",
            "It sailed over the roofs and landed on {landing}. {Friend} knew how to get it, and soon it was safe.")
        say("The wind had smeared the paint a little, so that all of it seemed to [move|dance].",
            "A leaf was stuck in the wet paint. \"Leave it there,\" said {friend}. \"It looks nice.\"")
        world.fact("Where did the picture land?", "It landed on {landing}.")
        world["recall"] = world.pick("\"It has been on a journey,\" {hero} explained and told them about {landing}.",
                                     "{Friend} told everybody how it had flown to {landing}.")
    world.new_paragraph()
    if goal == "wall":
        say("The next day {hero} painted it all large on the wall, and {friend} held the ladder. Strangers stopped "
            "and smiled.",
            "Then {hero} [copied|put] it on the wall, as big as a house, and {helper} [clapped|cheered].")
    elif goal == "contest":
        say("On Sunday, {helper} walked slowly past [twenty|thirty] pictures and stopped in front of {hero.s}.",
            "The judge looked at every picture. At the end, a golden ribbon hung on the one that {hero} had made.")
    else:
        say("{Hero} hung it beside the bed. \"Now I have the finest window {place.at},\" {helper} said, and felt "
            "better already.",
            "{Helper} looked at it every day and was soon well enough to [dance|walk to the door].")
    say("{recall}")
    say("\"Thank you, {call},\" {hero} said. \"Without you it would not be so good.\"",
        "{Hero} washed {thing} and [put it under {hero.his} pillow|thought of {donor}]. What would {hero.he} paint "
        "next?",
        "That night {hero} wrote a letter to {donor}: \"I used your brush. It [brings luck|still works]!\"",
        "And {hero} gave {friend} a little picture of the two of them.")


INSTRUMENTS = [
    # instrument, its sound, what may break, the mending
    ("fiddle", "squeaked", "string", "a strong thread from a fishing net"), ("drum", "boomed", "skin",
                                                                             "an old raincoat"),
    ("banjo", "twanged", "string", "a piece of fishing line"), ("tuba", "hooted", "button", "a bottle cap"),
    ("accordion", "wheezed", "strap", "a leather belt"), ("harp", "rippled", "string", "a long horsehair"),
    ("trumpet", "blared", "mouthpiece", "a thimble with a hole"), ("tambourine", "jingled", "bell", "two small keys"),
]
AUDIENCE = ["the harvest feast", "the lantern festival", "the mayor's birthday", "the spring fair",
            "the opening of the new well",
            "a wedding", "the longest night of the year"]


def concert(world):
    say = world.say
    hero, friend = _pair(world)
    _helper(world, "teacher", "baker", "old owl", "miller", "tailor", "librarian", "shepherd", "old goose", "beekeeper")
    kind, world["noise"], world["part"], world["patch"] = world.pick(*INSTRUMENTS)
    _thing(world, "thing", kind, "play on it", ["old", "shiny", "red", "big", "little", "green", "golden", "dented"])
    world["rattle"] = world.pick("two spoons", "a comb and paper", "a row of bottles", "a washboard", "a bucket",
                                 "some pot lids")
    world["clatter"] = "the " + world["rattle"].removeprefix("a ").removeprefix("some ")
    world["feast"] = world.pick(*AUDIENCE)
    place = world.place()
    while place.kind not in ("forest", "garden", "meadow", "village", "park", "barn", "school", "orchard", "harbor",
                             "castle"):
        place = world.place()
    world["place"] = place
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {place.a}", "{hero.a} and {friend.a}",
              "{hero.a} who played {thing.a}",
              "a concert {place.at}", "music at {feast}", "{hero.a} and {friend.a} who made music together")
    say("It was the week before {feast}, and {hero.intro} was [practicing|playing] on {thing.a}.",
        "In those days, {hero.intro} played {thing.a} from morning to night. It {noise}, and the neighbors "
        "[sighed|moaned].",
        "\"We need music for {feast}!\" said {helper.a} one day. {Hero.intro} jumped up and ran to get {thing.a}.",
        "There was {newcomer} who owned {thing.a} and loved music.",
        "{Place.at}, everyone knew {hero.intro} because of {thing.a} that {noise} so loudly.")
    say("{Friend.intro} could play on {rattle}, so the two made a band and wanted to play {place.at} for {feast}.",
        "{Hero.he} asked {friend.intro} to join in. {Friend.he} had no real instrument but made fine music with "
        "{rattle}. \"We will play {place.at} for {feast}!\" they decided.",
        "With {friend.intro}, who played on {rattle}, {hero} was going to give a concert {place.at} for {feast}.")
    world.fact("What did {friend.name} play on?", "{Friend.name} played on {rattle}.")
    world.fact("What did {hero.name} play?", "{Hero.name} played {thing.a}.")
    world["treat"] = world.pick("a lemon pie", "a tray of cinnamon rolls", "a pot of hot cocoa", "a plum cake",
                                "a bowl of custard")
    _adult(world)
    say("\"If you play well, you get {treat},\" promised {adult}.", "\"And I will bring {treat} for the band,\" said "
        "{adult}.",
        "{Adult} promised them {treat} if they played well.")
    world.fact("What did {helper.name} promise the band?", "{Helper.name} promised them {treat}.")
    world.new_paragraph()
    course = world.pick("fright", "break", "quarrel", "tune", "rain")
    if course == "fright":
        say("On the evening of the concert, {hero} looked through the curtain. There were so many [faces|eyes]! "
            "{Hero.his} knees [shook|trembled].",
            "But when all the benches were full, {hero} suddenly felt {#scared}. {Hero.his} mouth was dry, and "
            "{hero.his} heart [pounded|raced].")
        say("\"I cannot go out there,\" {hero.he} whispered. \"I forgot every note.\"",
            "\"What if they laugh at me?\" {hero.he} asked in a tiny voice.")
        say("{Friend} thought for a moment. \"Do not look at them. Look only at me,\" {friend.he} said. \"We play as "
            "if we were at home by the stove.\"",
            "\"Everyone is afraid sometimes,\" said {friend}. \"[Breathe in|Count to four], breathe out, and play "
            "the first note for me.\"")
        say("So {hero} looked only at {friend} and began. The first note was [thin|shaky], the second was better, "
            "and the third filled the air.",
            "{Hero} did it. First {thing} sounded timid, but then it {noise} with joy, and all fear was gone.")
        world.fact("Why did {hero.name} not want to go out?", "{Hero.name} was afraid of the many listeners.")
    elif course == "break":
        say("One hour before the concert, there was an ugly [snap|crack]. The {part} of {thing} was broken!",
            "They were about to start when the {part} of the {thing.kind} [broke|came off]. A murmur went through "
            "the crowd.")
        say("\"Now it is all over!\" {hero} cried and hid "
            "{hero.his} face.", "{Hero} was close to tears, because one could not buy a new one so late.")
        say("{Friend} [ran|hurried] home and looked in every drawer. \"Will this do?\" {friend.he} panted and held "
            "up {patch}.",
            "\"Wait!\" said {friend}. {Friend.he} searched a sack of odds and ends and pulled out {patch}.")
        say("They [fixed|fastened] it with a knot and a bit of wax, and {thing} {noise} again. It sounded a little "
            "strange, but [funny|very nice].",
            "It fit! Now {thing} had a new sound, and the two of them started right away.")
        world.fact("What did they use to repair the instrument?", "They used {patch}.")
    elif course == "quarrel":
        say("But at the rehearsal they quarreled. \"You are too loud!\" said {friend}. \"No, you are too fast!\" "
            "said {hero}.",
            "Both of them wanted to play the [solo|best part]. {Hero} played louder and louder, and {friend} banged "
            "on {clatter} until the windows shook.")
        say("{Friend} packed up and left, and {hero} sat there alone. Without the beat, the tune was [empty|like "
            "soup without salt].",
            "They stopped talking to each other. {Hero} tried the song alone, but it sounded lonely.")
        say("\"[A song is a talk|Music is like a seesaw],\" said {helper} who had heard the noise. \"One goes up "
            "while the other goes down.\"",
            "\"I hear you,\" said {helper}, \"but do you hear each other?\"")
        say("{Hero} went to {friend} and said, \"I am sorry. You begin, and I will listen.\" {Friend} smiled, and "
            "then they took turns.",
            "That made {hero} think. {Hero.he} knocked at {friend.s} door. \"You play first, and I will play "
            "softly,\" {hero.he} said, and the quarrel was over.")
        world.fact("Why did they quarrel?", "Each of them played without listening to the other.")
    elif course == "tune":
        world["source"] = world.pick("the dripping of the gutter", "the creaking of the mill wheel",
                                     "the wind in the reeds",
                                     "the rhythm of the blacksmith's hammer", "the call of a cuckoo")
        say("There was only one problem: they had no song. All the old ones had been [sung|played] a hundred times.",
            "\"But which song?\" asked {friend}. They tried this and that, and nothing was good enough.")
        say("They stopped and went for a walk. Suddenly {hero} stood still. \"Do you hear that?\" It was {source}.",
            "Tired and cross they sat on a step and were silent. And in the silence they heard {source}.")
        say("{Friend} copied it on {clatter}, and {hero} made up a melody to go with it. They had their song!",
            "\"It goes like this,\" said {hero} and played it on {thing}. {Friend} added a beat. By evening the song "
            "was done.")
        world.fact("What gave them the idea for the song?", "It was {source}.")
    else:
        say("The benches stood in rows, the lamps were lit. Then it thundered, and a cloudburst sent everyone under "
            "the [roofs|trees].",
            "Just as they began, rain poured down, and the guests held bags and hats over their heads.")
        say("\"They are going home,\" {hero} said, [sad|unhappy|gloomy] and wet.", "\"Shall we stop?\" asked {hero}.")
        say("But {friend} put {clatter} out in the rain. Plink, plonk, plink! \"The rain wants to play with us,\" "
            "{friend.he} laughed.",
            "{Friend} listened to the drops on the roof. \"It has a beat,\" {friend.he} said. \"Let us play along "
            "with it!\"")
        say("{Hero} joined in with {thing}, and people came back, [kicked off their shoes|took each other by the "
            "hand] and danced in the puddles.",
            "So they played with the rain, now fast, now slow, and nobody went home.")
        world.fact("Who played along with the band?", "The rain played along.")
    world.new_paragraph()
    if course in ("quarrel", "tune"):
        say("At {feast}, the benches were full. {Thing} {noise}, {friend} kept the beat, and all the feet tapped.",
            "Then the great evening came. {Hero} nodded to {friend}, and it became quiet {place.at}. What a concert "
            "it was!")
    say("When the last note faded, there was a [short|deep] silence, and then [everybody clapped|a storm of cheers].",
        "People [stamped|clapped|whistled] and shouted, \"More! More!\"",
        "Old and young danced [until midnight|until the candles burned down].")
    say("\"Where can one buy such an instrument?\" a lady asked and pointed at {clatter}. {Friend} only laughed.",
        "{Friend} bowed with {clatter} and almost fell over.",
        "\"We did it!\" {hero} shouted and [hugged {friend}|swung {friend} around].",
        "{Hero} and {friend} bowed so low that their noses nearly touched the floor.")
    say("And {helper}? {Helper} brought {treat}, and the band ate every bit of it." if world["treat"] != "a pot of "
        "hot cocoa" else
        "And {helper}? {Helper} brought {treat}, and the band drank every drop of it.",
        "{Helper} kept the promise: behind the stage stood {treat}.",
        "At the end {helper} came with {treat}, just as promised. \"You earned it,\" {helper} said.")


def _drought(world):
    say = world.say
    world["spring"] = world.pick("under the roots of an old willow", "below a mossy rock", "behind a curtain of ivy",
                                 "at the foot of the cliff", "under three birch trees")
    world["guide"] = world.pick("a line of ants", "a swarm of bees", "a wet toad", "a green patch of moss",
                                "a dragonfly",
                                "a row of fresh ferns")
    world.ask("a dry summer {place.at}", "{hero.a} who looked for water", "a summer without rain")
    say("No rain had fallen {place.at} for {#number} weeks.", "It was the hottest summer that anyone could remember.",
        "Day after day the sun burned down on {place.a}, and not one cloud came.",
        "\"[No rain today|Still no rain],\" said {helper.a} and looked up at the hard blue sky.",
        "The summer was so dry that the frogs forgot how to swim.")
    say("{Hero.intro} and {friend.intro} watched the puddles [shrink|disappear]. The grass [crackled|turned yellow], "
        "and the well was empty.",
        "Leaves curled up, the mud split, and the well gave only dust. \"I am so thirsty,\" {hero.intro} told "
        "{friend.intro}.",
        "{Hero.intro} let a pail down into the well. It came up dry. \"What now?\" asked {friend.intro}.")
    say("Everybody got {#angry} and quarreled about the last drops.",
        "{Hero} had one jug left in {hero.his} {hero.home}. {Hero.he} gave half of it to {friend}.",
        "The hens panted, and the flowers hung their heads, and {hero} felt [sad|unhappy|gloomy].")
    world.new_paragraph()
    say("\"Where [something green grows|somebody drinks], there must be water,\" said {hero}. \"Let us look for it!\"",
        "Then {hero} remembered something that {hero.his} grandmother used to say: \"Water hides, but somebody "
        "always knows where.\"")
    say("They took {thing.a} and walked all morning through the dust. Twice they wanted to turn back.",
        "With {thing.a} they set out before dawn, when it was still cool. They climbed over stones and through thorns.")
    say("Then {friend} saw {guide}. \"How can that be, when it is so dry?\" {friend.he} [wondered|asked].",
        "Suddenly they noticed {guide}. \"That is a sign!\" {hero} whispered.")
    world.fact("What showed them the way?", "It was {guide}.")
    say("They searched the place carefully, and {spring} the ground was damp. They dug with {paws} and sticks until "
        "clear water bubbled up.",
        "They looked [here and there|all around] and put an ear to the ground. Something gurgled! {Spring} they dug, "
        "and a cold spring came out.")
    world.fact("Where did they find water?", "They found it {spring}.")
    ending = world.pick("share", "rain")
    _adult(world)
    world.new_paragraph()
    if ending == "share":
        say("\"Shall we keep it secret?\" asked {friend}. {Hero} thought of the thirsty [lambs|hens] and shook "
            "{hero.his} head. \"There is enough if everyone takes only what they need.\"",
            "{Hero} filled {thing} to the brim and carried it straight to {adult}, who was too weak to search for "
            "water.")
        say("They dug a ditch so that the water could run to the gardens, and soon the beans [stood up|were green] "
            "again.",
            "Every evening all came with pots and pails and stood in line, and no one pushed.")
    else:
        say("They carried {thing} home, full to the brim, and gave every thirsty neighbor a sip.",
            "{Hero} filled {thing} and hurried home. First the smallest ones drank, and then the big ones.")
        say("Three days later, a drop fell on {friend.s} nose. Then another. Rain! All of them [danced|stood] in it "
            "with open mouths.",
            "And that night, thunder woke them. At last it rained, and the roof drummed like a band.")
    say("Whenever {hero} saw {guide} after that, {hero.he} [bowed|said thank you].",
        "Since then, nobody {place.at} has ever wasted a drop.",
        "And {thing} hung at the spring forever, for all who were thirsty.")


def _flood(world):
    say = world.say
    world["raft"] = world.pick("a washtub", "an old barn door", "a kneading trough", "a bathtub",
                               "a long wooden trough")
    world["saved"] = world.pick("five chicks", "a family of mice", "a blind old cat", "three lambs",
                                "a hedgehog with her babies",
                                "a basket full of kittens")
    world["rescued"] = {"five chicks": "the chicks", "a family of mice": "the mice", "a blind old cat": "the cat",
                        "three lambs": "the lambs", "a hedgehog with her babies": "the hedgehog and her babies",
                        "a basket full of kittens": "the kittens"}[world["saved"]]
    world["vessel"] = "the " + world["raft"].removeprefix("a ").removeprefix("an ")
    world.ask("a flood {place.at}", "{hero.a} who saved {saved}", "{hero.a} and {friend.a} in a flood")
    say("It had been raining for {#number} days {place.at}.", "Rain, rain, rain! {Place.at} everything was wet.",
        "The river was rising. Last night it had [climbed over its banks|reached the first fence].",
        "\"The water is coming!\" shouted {helper.a} early one morning and rang a bell.")
    say("{Hero.intro} looked out of the window and saw [brown water|a chair float by] where the path used to be.",
        "{Hero.intro} woke up because something splashed. The floor was [under water|wet], and a shoe swam past.")
    say("At once {hero.he} grabbed {thing.a} and went to get {friend.intro}. \"[Up to the hill|To high ground], "
        "quick!\"",
        "{Hero.he} took {thing.a} and waded to {friend.intro}. \"We must go up the hill!\" {hero.he} called.")
    world.fact("What did {hero.name} take along?", "{Hero.name} took {thing.a}.")
    world.new_paragraph()
    say("On the way, they heard [a thin cry|somebody calling]. On a [roof|fence|stump] in the middle of the flood "
        "sat {saved}.",
        "Halfway up, {friend} stopped. \"Listen! Who is crying there?\" They turned back and saw {saved} on a [hen "
        "house|woodpile], with water all around.")
    world.fact("Who was trapped in the flood?", "{Saved} sat in the middle of the flood.")
    say("\"The water is too deep to walk,\" {friend} said. {Hero} looked around and discovered {raft}.",
        "\"We need a boat,\" said {hero}. There was none, but {raft} was drifting by.")
    say("{Hero} climbed into it and paddled with a [shovel|broom], and {friend} held on to the rope from the shore.",
        "They jumped in and rowed with [pan lids|two brooms] as hard as they could.")
    say("The waves [slapped|rocked] it, and once it nearly tipped over. But in the end they brought "
        "{rescued} safely to the hill.",
        "\"Do not be afraid,\" {hero} said gently, \"[hold on tight|I have you now].\" So they brought {rescued} to "
        "dry land.")
    world.fact("What did they use as a boat?", "They used {raft}.")
    world.new_paragraph()
    use = {"lantern": "{Thing} gave them light all night", "blanket": "They all crept under {thing}",
           "rope": "With {thing} they hung up a sail as a roof", "kettle": "They made hot tea in {thing}",
           "bucket": "They caught clean rain in {thing} to drink"}[world["thing"].kind]
    _adult(world)
    say(use + ", and {adult} told stories until the rain stopped.", use + ". Nobody was alone, and so nobody was "
        "{#scared}.")
    say("After {#number} days the water went down. Mud was everywhere, so all took [shovels|brooms] and helped each "
        "other clean "
        "up.", "When the sun came back, they went down together. What was broken they repaired, one house after the "
        "other.")
    say("{Vessel} got a place of honor {place.at}, with flowers growing in it." if world["raft"] != "an old barn "
        "door" else
        "The old barn door became a long table, and everybody ate at it.",
        "\"You came back for me,\" said the cat. \"I will never forget that.\"" if world["saved"] == "a blind old "
        "cat" else
        "\"You came back for us,\" said {rescued}. \"We will never forget that.\"",
        "And {hero} always kept {thing} beside the bed, just in case.")


def _snow(world):
    say = world.say
    world["late"] = world.pick("a wren with a sore wing", "a shivering beetle", "a lost lamb", "a tired postman",
                               "a gray kitten",
                               "a traveler with frost in his beard")
    world["guest"] = "the " + world["late"].split(" ", 1)[1].split(" with ")[0]
    world["meal"] = world.pick("barley soup", "baked potatoes", "warm apple sauce", "dumplings", "toast with honey")
    world.ask("the first snow {place.at}", "{hero.a} and the first snow", "{hero.a} and {friend.a} in winter")
    say("In the night the first snow fell {place.at}.", "{Hero.intro} opened the door and could not believe it: "
        "everything was "
        "white!", "\"It smells of snow,\" said {helper.a} one gray afternoon {place.at}. And in the night it came.",
        "Winter came early that year. Before the last leaves were down, snow lay on {place.a}.")
    said = world.text()
    if hero_new := (world["hero"].name not in said and world["hero"].kind not in said):
        say("{Hero.intro} had never seen snow before and caught a flake on {hero.his} tongue.",
            "{Hero.intro} ran out and made [tracks|circles] in the snow.")
    say("But {hero} was [worried|a little worried], too. In {hero.his} {hero.home} there was hardly any "
        "[food|firewood].",
        "Then {hero.he} remembered something and got cold all over: all summer {hero.he} had played, and the pantry "
        "was empty."
        if hero_new else "Then {hero} got a fright: all summer {hero.he} had played, and the pantry was empty.")
    world.fact("Why was {hero.name} worried?", "{Hero.name} had not stored enough for the winter.")
    world.new_paragraph()
    say("Not far away lived {friend.intro}, who had plenty of [wood|flour] but was all alone.",
        "{Friend.intro} next door had worked hard all fall. \"Told you so,\" {friend.he} said, but {friend.he} "
        "opened the door wide.")
    say("\"Let us put together what we have,\" {hero} proposed. \"You bring the food, and I bring {thing.a} and good "
        "company.\"",
        "\"May I stay with you?\" asked {hero}. \"I have only {thing.a}, but I can work.\" \"Come in,\" said {friend}.")
    say("They stuffed the cracks with moss, split logs and made {meal}. Outside the storm [howled|whistled].",
        "Soon a fire crackled and a pot of {meal} steamed." if world["meal"] != "toast with honey" else
        "Soon a fire crackled, and they ate {meal}.")
    world.fact("What did they eat?", "They ate {meal}.")
    say("Then there was a faint [knock|scratching] at the door. In the snow stood {late}.",
        "In the middle of the night something [thumped|whimpered] outside. It was {late}, half frozen.")
    world.fact("Who came in the snow?", "It was {late}.")
    say("\"There is little room,\" said {friend}. \"But there is room,\" said {hero}, because {hero.he} knew how it "
        "felt to be cold.",
        "\"Quick, come to the fire!\" {hero} cried. Nobody asked how long the food would last.")
    world.new_paragraph()
    use = {"lantern": "put {thing} in the window, so that others could find the way",
           "blanket": "wrapped {thing} around the guest", "rope": "stretched {thing} from door to door to hold on to "
           "in the storm",
           "kettle": "filled {thing} with snow and made hot tea", "bucket": "filled {thing} with snow and melted it "
           "for water"}
    say("They " + use[world["thing"].kind] + ".", "{Hero} " + use[world["thing"].kind] + ".")
    say("Day by day {guest} grew stronger and [told them riddles|taught them a new song].",
        "{guest} stayed until the thaw and told them about [warm lands|the sea].")
    say("When the first snowdrops [bloomed|came out], all three went outside and blinked in the sun.",
        "Then the icicles dripped, and it was spring. They had been hungry at times, but never lonely.")
    say("\"This year I will fill the pantry first and play afterward,\" {hero} promised.",
        "\"Next fall I will gather [wood|nuts] with you,\" {hero} told {friend}, and {hero.he} did.",
        "And the next winter, when the first snow fell, {hero} cooked {meal} for "
        "everybody." if world["meal"] != "toast with honey"
        else "And the next winter, when the first snow fell, {hero} made toast with honey for everybody.")


def hard_weather(world):
    _pair(world, ["robot", "koala", "turtle", "otter", "beaver", "duck", "frog", "elephant"])
    _helper(world, "shepherd", "miller", "postman", "beekeeper", "gardener", "old goose", "wise crow", "nurse")
    place = world.place()
    while place.kind not in ("meadow", "farm", "village", "valley", "orchard"):
        place = world.place()
    world["place"] = place
    tell = world.pick(_drought, _flood, _snow)
    kinds = {_drought: ["bucket", "kettle"]}.get(tell, ["lantern", "blanket", "rope", "kettle", "bucket"])
    looks = {"blanket": ["woolen", "green", "checkered", "thick"], "rope": ["long", "strong", "yellow"]}
    kind = world.pick(*kinds)
    _thing(world, "thing", kind, "", looks.get(kind, ["copper", "dented", "red", "old", "blue", "tin"]))
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} and {thing.a}")
    tell(world)


def _clock(world):
    say = world.say
    _place(world, "village", "in", ["small houses", "red roofs", "narrow streets"], ["sleepy", "quiet", "hilly",
                                                                                     "pretty"])
    _thing(world, "thing", "clock", "tell the time", ["old", "tall", "golden", "big", "blue"])
    world["hour"] = world.pick("three", "four", "seven", "nine", "ten", "eleven")
    world["block"] = world.pick("a swallow's nest", "a child's lost marble", "a rusty spoon", "a wooden button",
                                "a plum stone",
                                "a tangled thread")
    world.ask("a clock that stopped", "{hero.a} who repaired a clock", "the clock in the tower")
    say("In {place.a} there was a tower with {thing.a}. One {#weather} morning it stopped at {hour} o'clock.",
        "Tick, tock, tick, and then nothing. {Thing.the} in the tower of the village stood still at {hour}.",
        "Every day {thing.the} in the tower had told {place.a} what to do. But one day its hands stayed at {hour}.")
    say("Now nothing worked anymore. The baker baked at night, the school began at noon, and the rooster was "
        "[confused|hoarse].",
        "People came too late or too early. Bread burned, and [the mail cart left|the bus left] without the mail.")
    world.fact("At what time did the clock stop?", "It stopped at {hour} o'clock.")
    say("\"Somebody must climb up there,\" said {helper.a}, \"but my knees are too old for all those steps.\"",
        "{Helper.a}, who had always wound it up, shook a worried head. \"I cannot see those tiny wheels anymore.\"")
    world["job"] = "clock"
    world["climb"] = world.pick("They climbed ninety-nine steps, past cobwebs and sleepy pigeons.",
                                "Up and up they went on a creaking ladder, until the roofs looked like toys.")
    world["search"] = world.pick("Behind the dial, there were wheels as big as plates and wheels as small as peas.",
                                 "It smelled of dust and oil, and a hundred brass wheels gleamed in the light.")
    world["cause"] = "Between two wheels was stuck {block}"
    world["remedy"] = {"a swallow's nest": "It was empty, so {friend} carefully carried it to a safe beam",
                       "a tangled thread": "With much patience {friend} pulled it out, bit by bit"}.get(
        world["block"], "{Friend} pulled it out with [a hairpin|a bent wire|two fingers]"
        if world["friend"].kind in HANDED else "{Friend} pulled it out with [a hairpin|a bent wire|a little hook]")
    world["result"] = world.pick("Tick, tock! The wheels began to turn, and the bell rang over the roofs.",
                                 "With a click, the great wheel moved, and the bell said bong.")
    world["end"] = world.pick("The baker gave them the first loaf that was baked on time, and school began in the "
                              "morning again.",
                              "Down in the square, people threw their hats up, and the rooster crowed at the right "
                              "time again.")


def _train(world):
    say = world.say
    _place(world, "train station", "at", ["long trains", "busy people"], ["small", "snowy", "lonely", "little"])
    _thing(world, "thing", "train", "ride over the hills", ["red", "green", "black", "little", "old", "blue"])
    world["load"] = world.pick("oranges", "letters", "woolen coats", "birthday presents", "seed potatoes", "toys",
                               "medicine")
    world["town"] = world.pick("Appleton", "Windy Hill", "Green Harbor", "Stonebrook", "Long Meadow", "Pinewood")
    world["block"] = world.pick("a dry axle that needed oil", "a leak in the water tank",
                                "a loose screw in the front wheel",
                                "a bird's nest in the chimney")
    world.ask("a train that could not go on", "{hero.a} who repaired a train", "a train full of {load}")
    say("At {place.a} stood {thing.a}, loaded with {load}. It should have left an hour ago.",
        "\"Choo! Choo! Chhh.\" {Thing.a} rolled into {place.a}, sighed and stopped.",
        "{Thing.a} was on its way to {town} with a load of {load}. But at {place.a} it came to a halt with a bump.")
    say("In {town} people were waiting for the {load}.", "All of {town} was waiting for its {load}.")
    world.fact("What did the train carry?", "It carried {load}.")
    world.fact("Where should the train go?", "It should go to {town}.")
    say("\"I cannot get it to move,\" said {helper.a}, who had to drive it that day, and looked under the boiler.",
        "{Helper.a}, who was in charge that day, scratched a puzzled head. \"The fire is hot, the track is free. "
        "What can it be?\"")
    world["job"] = "train"
    world["climb"] = world.pick("They crept under the cars and looked at every wheel.",
                                "They put their ears to the boiler, then they climbed up to the chimney.")
    world["search"] = world.pick("There was grease and soot everywhere, and soon their noses were black.",
                                 "Steam hissed, and hot drops fell on the rails.")
    world["cause"] = "Then they found it: {block}"
    world["remedy"] = {"a dry axle that needed oil": "{Friend} fetched the salad oil from the kitchen and poured it in",
                       "a leak in the water tank": "{Friend} plugged it with chewing gum and a piece of bark",
                       "a loose screw in the front wheel": "{Friend} turned it tight with the edge of a coin",
                       "a bird's nest in the chimney": "{Friend} lifted it down and set it, eggs and all, in a safe "
                       "bush"}[
        world["block"]]
    world["result"] = world.pick("Chuff, chuff, chuff! The wheels turned, slowly at first, then faster.",
                                 "The whistle blew so loudly that all the pigeons flew up.")
    world["end"] = world.pick("Before dark, the {load} were in {town}." if world["load"] != "medicine" else
                              "Before dark, the medicine was in {town}.",
                              "The two were allowed to ride along in front all the way to {town}.")


def _lighthouse(world):
    say = world.say
    _place(world, "harbor", "at", ["white sails", "noisy gulls"], ["windy", "rocky", "small", "foggy"])
    _thing(world, "thing", "lamp", "show ships the way", ["big", "old", "bright", "heavy", "round"])
    world["ship"] = world.pick("a fishing boat with four men", "the mail ship", "a ship full of bananas",
                               "the ferry from the island",
                               "a boat with a whole brass band")
    world["vessel"] = "the " + world["ship"].removeprefix("the ").removeprefix("a ").split(" with ")[0].split(" full "
    "")[0].split(
        " from ")[0]
    world["block"] = world.pick("a crack in the oil pipe", "a burned wick", "soot on the glass", "a broken spring")
    world.ask("a lighthouse lamp that went out", "{hero.a} who repaired the lamp of a lighthouse",
              "{hero.a} and a lighthouse")
    say("High above {place.a} stood a lighthouse with {thing.a}. One stormy night it went out.",
        "Every evening {thing.a} shone from the lighthouse over {place.a}. But in the worst storm of the year, it "
        "turned dark.",
        "The wind roared around the lighthouse of {place.a}, and suddenly {thing.the} at the top flickered and died.")
    say("Out there was {ship}, and without light it would hit the rocks.", "\"{Ship} is still out at sea!\" people "
        "cried. \"It will run onto the rocks!\"")
    world.fact("Who was in danger at sea?", "It was {ship}.")
    say("{Helper.a}, who looked after the lighthouse, had [a sprained ankle|a bad fever] and could not climb the "
        "stairs.",
        "\"I am too weak to go up,\" moaned {helper.a}, who kept the lighthouse. \"Who will help me?\"")
    world["job"] = "lamp"
    world["climb"] = world.pick("They ran up the winding stairs, round and round, until they were dizzy.",
                                "Two hundred steps led up, and rain blew in through every crack.")
    world["search"] = world.pick("It was pitch dark at the top. They felt their way along the cold iron.",
                                 "At the top the windows rattled, and the floor was slippery.")
    world["cause"] = "There was the trouble: {block}"
    world["remedy"] = {"a crack in the oil pipe": "{Friend} wrapped it tightly with a strip of wax cloth",
                       "a burned wick": "{Friend} tore a strip from a shirt and twisted a new one",
                       "soot on the glass": "{Friend} rubbed it off with vinegar and an old sock",
                       "a broken spring": "{Friend} bent a new one from the wire of a lobster trap"}[world["block"]]
    world["result"] = world.pick("Then {hero} struck a match. Light! It swept far across the waves.",
                                 "It hissed, it sparked, and then a golden beam cut through the dark.")
    world["end"] = world.pick("They saw {vessel} turn away from the rocks just in time.",
                              "An hour later, {vessel} lay safely at the pier.")


def repair(world):
    say = world.say
    hero, friend = _pair(world, ["robot"] + HEAVY)
    _helper(world, "miller", "postman", "tailor", "librarian", "gardener", "beekeeper", "shepherd", "carpenter")
    world["tool"] = world.pick("a screwdriver with a yellow handle", "a tiny oil can", "a pocket lantern",
                               "a magnifying glass",
                               "a bent hairpin", "a small brass hammer")
    short = world["short"] = "the " + world["tool"].split(" ", 1)[1].split(" with ")[0]
    world["snack"] = world.pick("a cheese sandwich", "two boiled eggs", "a bag of raisins", "a cold pancake",
                                "a slice of plum cake")
    world["lunch"] = "the " + world["snack"].removeprefix("a ")
    world.pick(_clock, _train, _lighthouse)(world)
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} and {thing.a}", "{hero.a} with {tool}")
    world.new_paragraph()
    say("\"I can try,\" said {hero.intro}. {Hero} always carried {tool} and was good at mending things.",
        "{Hero.intro} stepped forward. Everybody laughed, because {hero.he} looked so [small|young], but {hero.he} "
        "had {tool}.",
        "Nobody dared to do it except {hero.intro}, who could not see a thing without asking how it worked. In "
        "{hero.his} bag was {tool}.")
    world.fact("What tool did {hero.name} have?", "{Hero.name} had {tool}.")
    say("{Friend.intro} wanted to come along and packed {snack}.", "\"You will not go alone,\" said {friend.intro} "
        "and put {snack} in a pocket.", "{Hero.his} best friend, {friend.intro}, came too, with {snack} in a bag.")
    say("{climb}")
    say("{search}")
    say("\"[Shh|Quiet]!\" {hero} said. \"A broken thing always tells you where it hurts.\"",
        "First they tapped here and turned there, but nothing helped. \"[Think|Let us look once more],\" {hero} "
        "mumbled.",
        "{Friend} wanted to give up after an hour. \"One more look,\" {hero} begged.", "", "")
    say("{Hero} used {short} and searched every corner. {cause}!", "Inch by inch, {hero} examined everything with "
        "{short}. {cause}."
        if "hammer" not in short and "oil" not in short else "{Hero} knocked carefully on everything. {cause}.",
        "They were about to leave when {friend} leaned against a bar and heard a rattle. {cause}.")
    world.fact("What was the trouble?", "The trouble was {block}.")
    say("{remedy}.", "\"So small, and such a big trouble!\" said {hero}. {remedy}.", "\"I have an idea,\" {friend} "
        "said. {remedy}.")
    world.fact("Who fixed it with a clever idea?", "{Friend.name} fixed it.")
    world.new_paragraph()
    say("{result}")
    say("{end}")
    say("{Helper} thanked {hero} and {friend} and wiped away a tear.",
        "\"How did you do it?\" asked {helper}. {Hero} held up {short} and grinned.",
        "\"From today on, you two are my helpers,\" said {helper} and gave them a key to every door.", "", "")
    say("Only then did they remember {lunch}, and they ate it with dirty {paws}.",
        "\"Now I am hungry,\" said {friend}, and they shared {lunch}.",
        "No meal had ever tasted better than {lunch} that day." if world["job"] != "lamp" else
        "No meal had ever tasted better than {lunch} that night.")
    say("Small hands can do great things, they say, and small tools, too.",
        "And whenever {thing} [was in trouble|made a strange noise], everyone knew whom to call.",
        "{Hero} still carries {short} today, because one never knows.", "", "")


GOALS = [
    # what it shall do, its name, why, what it is made of, what goes wrong, what fixes it, proof
    ("pick the plums from the highest branches", "plum picker", "the best plums always hung too high",
     "a fishing rod, a mitten and two springs", "it flung the plums over the fence, and one hit {helper} on the hat",
     "hung a soft net under the mitten", "By evening, there were eleven baskets of plums"),
    ("wake sleepy people", "morning machine", "half the neighbors overslept every single day",
     "a kettle, a bell and a string of tin cans", "it rang until the windows shook, and {helper} fell off a chair",
     "stuffed a sock into the bell and set the dial to sunrise",
     "The next morning it rang just when the sun came up, and everybody was on time"),
    ("catch the wind and grind flour", "rolling windmill", "the flour sacks were so heavy to carry to town",
     "a cart, four bedsheets and a coffee grinder", "it rolled down the hill with nobody on it, right through the "
     "washing of {helper}",
     "added a brake made of an old boot", "The next day, they ground a sack of flour in an hour"),
    ("water the garden all alone", "rain wagon", "the watering cans were heavy and the summer was dry",
     "a barrel, a hose and a pair of roller skates", "it sprayed everybody but the flowers, and {helper} got soaking "
     "wet",
     "pinched the hose with clothespins until it dripped gently", "The thirsty carrots stood up straight again"),
    ("wash the dishes", "dish twirler", "nobody liked to wash the dishes", "a bicycle, a tub and twelve brushes",
     "plates flew through the air like birds, and {helper} had to duck", "lined the tub with sponges and pedaled "
     "slowly",
     "Not one cup broke, and everything sparkled"),
    ("carry wood up the hill", "wood lift", "the path up the hill was so steep", "a rope, a pulley and a laundry "
     "basket",
     "the basket shot up much too fast, and the wood rained down around {helper}",
     "hung a bag of sand on the other end of the rope", "Soon a great pile of logs lay at the top"),
    ("find lost socks", "sock sniffer", "there was always one sock missing", "a vacuum cleaner, a horn and a "
     "magnifying glass",
     "it swallowed curtains, a newspaper and the wig of {helper}", "put a sieve in front so that only small things "
     "fit through",
     "It found nineteen socks, and two of them had been missing for years"),
]


def invention(world):
    say = world.say
    hero, friend = _pair(world, ["turtle", "deer", "unicorn"])
    _helper(world, "baker", "librarian", "postman", "nurse", "tailor", "teacher", "shopkeeper", "cook", "miller")
    (world["task"], name, world["need"], world["parts"], world["mishap"], world["fix"],
    world["proof"]) = world.pick(*GOALS)
    _thing(world, "thing", name, "", ["green", "wobbly", "noisy", "silver", "strange", "red", "funny"])
    place = world.place()
    while place.kind not in ("garden", "farm", "village", "orchard", "hill", "valley"):
        place = world.place()
    world["place"] = place
    world["motto"] = world.pick("Try, and try again", "Mistakes show the way", "It almost worked",
                                "Think with your hands", "Nothing is ready the first time")
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a}", "{hero.a} who invented something",
              "a machine that could {task}",
              "{hero.a} and {place.a}", "{hero.a} and a machine that went wrong")
    say("{Hero.intro} had a head full of ideas and pockets full of screws.",
        "{Place.at} lived {newcomer} who loved to invent things.",
        "Clang! Bang! In the shed of {hero.intro}, somebody was hammering again.",
        "\"{Motto}!\" was painted above the workbench of {hero.intro}.",
        "There was {newcomer} who could not throw away so much as a bent nail.",
        "All day long, hammering came from the workshop of {hero.intro}, who was an inventor.")
    text = world.text()
    if world.fill("{motto}") not in text:
        say("\"{Motto},\" {hero.he} liked to say.", "{Hero.his} motto was: \"{Motto}.\"",
            "\"{Motto}\" was what {hero.he} always said.")
    world.fact("What did {hero.name} always say?", "{Hero.name} always said, \"{Motto}.\"")
    say("One thing bothered {hero.him} {place.at}: {need}." if place.at not in text.lower() else
        "But one thing bothered {hero.him}: {need}.",
        "There was an old trouble {place.at}: {need}." if place.at not in text.lower() else "There was one old "
        "trouble: {need}.")
    say("\"I will build a machine to {task},\" {hero} told {friend.intro}.",
        "\"What if a machine could {task}?\" {hero} asked {friend.intro}, whose eyes grew wide.",
        "So {hero} drew a plan and showed it to {friend.intro}. It was a machine that could {task}!")
    say("\"That will never work,\" said {friend}, but {friend.he} helped anyway.",
        "\"What do you need?\" asked {friend}, who was good at finding things.",
        "{Friend} scratched {friend.his} chin. \"[Interesting|Hm],\" {friend.he} said. \"May I hold the screws?\"", "")
    world.new_paragraph()
    say("They needed {parts}. {Friend} brought the parts, and {hero} screwed them together.",
        "Out of {parts}, {hero} built {thing.a}, and {friend} painted a [star|smile|stripe] on it.",
        "For {#number} days they bolted, glued and sawed. They used {parts}, and nobody was allowed to peek.")
    world.fact("What did they build the machine from?", "They used {parts}.")
    say("Then came the great moment. \"Ladies and gentlemen, {thing.the}!\" {hero} announced and pulled the lever.",
        "At last {thing.the} was ready. \"Stand back!\" {hero} called and [turned the crank|pressed the button].",
        "\"Three, two, one, go!\" {friend} counted, and {hero} switched on {thing.the}.")
    _adult(world)
    world["mishap"] = world["mishap"].replace("{helper}", "{adult}")
    say("It rattled, it puffed, and then {mishap}!", "First it hummed nicely. But then {mishap}!",
        "[Oh dear|Oh no]! Something was wrong, because {mishap}.")
    world["adult"] = world["helper"].the
    world.fact("Who got into trouble because of the machine?", "It was {helper.name}.")
    say("\"Turn it off!\" {helper} shouted. {Hero} turned as red as a beet." if hero.person else
        "\"Turn it off!\" {helper} shouted. {Hero} wanted to crawl under the table.",
        "People laughed, and {hero} ran back to the shed and locked the door.",
        "\"I am so sorry!\" {hero} stammered to {helper} and looked at the ground.", "")
    say("\"I will never invent anything again,\" {hero} said. \"{Motto}!\" said {friend}. \"Did you forget that?\"",
        "That evening {hero} wanted to take everything apart. But {friend} only asked, \"What is it that you always "
        "say?\" \"{Motto},\" {hero} [sniffed|mumbled].")
    world.new_paragraph()
    say("So they looked at it [calmly|once more], and {friend} had an idea. They {fix}.",
        "{Helper} came back, not angry but curious. \"May I make a suggestion?\" Following this advice, they {fix}.",
        "{Hero} thought all night long. In the morning they {fix}.")
    world.fact("How did they fix the machine?", "They {fix}.")
    say("This time it worked! {proof}.", "They held their breath. {Thing} purred like a cat. {proof}.",
        "{proof}. What a success!")
    say("Even {helper} clapped. \"[I want one, too|Bravo]!\"", "{Helper} laughed about the accident now and shook "
        "{hero.s} hand."
        if hero.kind in HANDED else "{Helper} laughed about the accident now and forgave {hero.him}.",
        "\"I did not believe in it,\" {friend} admitted, \"but you did.\"", "", "")
    say("\"You see?\" said {hero}. \"{Motto}.\"", "And already {hero} had the next idea, and it had something to do "
        "with [soap bubbles|a trombone|forty spoons|flying pancakes].",
        "In the evening, they painted a sign and hung it on {thing}: \"{Motto}!\"")


PLOTS = [bridge, tree_house, seed, egg, market, painting, concert, hard_weather, repair, invention]
