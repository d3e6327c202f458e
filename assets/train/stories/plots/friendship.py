"""Friendship: new friends, quarrels, sharing, being left out and let in, a surprise party, a friend who is ill."""

from .. import lexicon
from ..engine import Character, Place, Thing

BODIES = {
    "paw": """fox rabbit bear mouse cat dog squirrel hedgehog badger mole beaver otter wolf lion tiger panda koala
kitten puppy raccoon kangaroo monkey""".split(),
    "hoof": "pig goat donkey horse sheep lamb deer".split(),
    "wing": "owl duck hen crow".split(),
    "hand": "elf troll witch wizard princess prince knight pirate giant fairy".split(),
    "claw": ["dragon"],
}
HAND_OF = {kind: hand for hand, kinds in BODIES.items() for kind in kinds}
MANY_HANDS = {"paw": "paws", "hoof": "hooves", "wing": "wings", "hand": "hands", "claw": "claws"}
GENDERS = {"hen": "she", "princess": "she", "witch": "she", "fairy": "she", "prince": "he",
           "wizard": "he", "giant": "he"}
LARGE = "bear wolf lion tiger dragon giant troll witch owl badger".split()
LITTLE = "mouse mole hedgehog squirrel kitten puppy rabbit lamb elf fairy hen".split()
WARM = [kind for kind in HAND_OF if kind not in ("fairy", "giant", "dragon", "crow", "owl")]

IN_POTS = "soup stew porridge honey jam".split()
ON_PLATES = "pie cake noodles rice pudding tart potatoes cheese pancakes sandwiches fish bread".split()
FRUITS = "berries apples nuts acorns strawberries cherries pears plums".split()
IN_BOWLS = "milk popcorn".split()

OUTDOORS = "forest river garden meadow lake farm village park hill pond valley orchard beach".split()
PLAY_PLACES = "meadow park hill beach village farm orchard playground garden valley".split()
NATURE = "forest river meadow lake hill pond valley orchard beach".split()

HOBBIES = [
    ("building towers out of flat stones", "a stone tower that was taller than both of them"),
    ("making boats out of bark", "a whole row of bark boats with leaf sails"),
    ("drawing in the dust with a stick", "a huge picture of two friends with round smiles"),
    ("weaving crowns out of grass", "two grass crowns, one for each head"),
    ("making up songs", "a new song about two friends, with seven verses"),
    ("digging deep holes", "a hole so deep that they could both sit in it"),
    ("folding hats out of big leaves", "two leaf hats with a feather on top"),
    ("baking pies out of mud", "a mud pie with three layers and a pebble in the middle"),
    ("painting pebbles with berry juice", "a long line of pebbles with funny purple faces"),
    ("stringing acorns on a thread", "two acorn bracelets that rattled when they ran"),
]


def someone(world, other=None, kinds=None, children=0.4, trait=None):
    """Somebody who walks and talks; mostly of another pronoun than `other`, so that "he" and "she" stay clear."""
    gender = world.pick("she", "he")
    if other is not None and world.chance(0.85):
        gender = "he" if other.he == "she" else "she"
    if world.chance(children):
        while (character := world.child()).he != gender:
            pass
        hand = "hand"
    else:
        entries = [entry for entry in lexicon.ANIMALS + lexicon.CREATURES
                   if entry[0] in (kinds or HAND_OF) and GENDERS.get(entry[0], gender) == gender
                   and entry[0] not in world.taken]
        kind, home, food, skill, sound = world._fresh(entries)
        name = world._fresh(lexicon.PET_NAMES) if world.chance(0.65) else None
        if food in ("grass", "leaves", "flies", "bark", "bones"):
            food = world.pick(*lexicon.FOODS)
        character = Character(world.rng, kind, name, gender, False,
                              {"home": home, "food": food, "skill": skill, "sound": sound})
        hand = HAND_OF[kind]
    character.trait = world.pick(*(trait or "gentle cheerful curious kind playful funny dreamy").split())
    character.hand, character.hands = hand, MANY_HANDS[hand]
    character.call = character.own_name or f"dear {character.kind}"
    adjective = world.pick("", "little ", character.trait + " ", character.trait + " little ")
    character.full = f"a {adjective}{character.kind}"
    if character.own_name:
        character.full += f" {world.pick('named', 'called')} {character.own_name}"
    last = character.food.split()[-1]
    holder = ("pot" if last in IN_POTS else "plate" if last in ON_PLATES else "bowl" if last in IN_BOWLS else "basket")
    character.treat = f"a {world.pick('big', 'small', 'little')} {holder} of {character.food}"
    return character


def cast(world, **options):
    world["hero"] = someone(world, **options)
    world["friend"] = someone(world, other=world["hero"], **options)
    return world["hero"], world["friend"]


def grown_up(world, *kinds):
    """An elder of one of these kinds."""
    genders = dict(lexicon.ELDERS)
    kind = world.pick(*(kinds or ("baker", "gardener", "shopkeeper", "librarian", "beekeeper", "carpenter", "fisherman",
                                  "old turtle", "old goose", "shepherd", "miller", "tailor", "teacher")))
    world["elder"] = elder = Character(world.rng, kind, None, genders[kind], False, dict(
        home="house", food=world.pick(*lexicon.FOODS), skill="tell stories", sound="smiled"))
    return elder


def setting(world, kinds):
    """The place, with {place.in_a}: "by a quiet lake"."""
    entry = world.pick(*[entry for entry in lexicon.PLACES if entry[0] in kinds])
    world["place"] = place = Place(world.rng, entry)
    place.adjective = world.pick(*("quiet green wide beautiful lovely peaceful wild pretty".split()
                                   if place.kind in NATURE else "small big old lovely pretty".split()))
    place.a = f"a {place.adjective} {place.kind}"
    place.in_a = f"{entry[1]} {place.a}"
    world["spot"] = place.found
    world["seat"] = world.pick("on a tree stump", "on an upturned bucket", "beside the fence", "on a flat stone",
                               "on a low wall", "on a fallen log", "in the shade of a bush")
    return place


def note(world, name, text):
    """Keeps a text for later: {name} "a tin box" and {the_name} "the tin box"."""
    world[name] = text
    article, _, rest = text.partition(" ")
    world["the_" + name] = f"the {rest}" if article in ("a", "an") else text if article == "the" else f"the {text}"


def pause(world):
    """Sometimes begins a paragraph."""
    if world.chance(0.35):
        world.new_paragraph()


def object_of(world, *kinds):
    """A thing of one of these kinds, with a look that fits a treasure."""
    uses = dict(lexicon.THINGS)
    kind = world.pick(*kinds)
    world["thing"] = thing = Thing(world.rng, (kind, uses.get(kind, "play with it")))
    thing.look = world.pick(*lexicon.WORDS["color"], "shiny", "new", "striped", "pretty", "little")
    thing.bare = f"{thing.look} {kind}"
    thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    return thing


# Meeting a new friend.

def new_friend(world):
    course = world.pick(returned_thing, scary_neighbor, secret_gifts, under_one_roof)
    world["hero"] = hero = someone(world, trait="shy quiet gentle dreamy kind curious")
    world["friend"] = someone(world, other=hero, trait="cheerful funny curious kind playful",
                              **(dict(kinds=LARGE, children=0) if course is scary_neighbor else {}))
    setting(world, OUTDOORS)
    world["hobby"], world["made"] = world.pick(*HOBBIES)
    world.say("[Once upon a time|Long ago|Once], there was {hero.full} who lived {place.in_a}.",
              "{Place.in_a} lived {hero.full}.",
              '"I wish I had a friend," [sighed|whispered|said] {hero.full}, who lived {place.in_a}.',
              "{Hero.full} had a home {place.in_a} with {place.sight}.",
              "The days were long {place.in_a}, and [nobody|no one] knew that better than {hero.full}.",
              "Everyone {place.in_a} seemed to have a friend. Only {hero.full} had none.")
    world.say("{Hero} liked {hobby}, but it [was no fun alone|got a bit dull without company].",
              "Most of all, {hero} [enjoyed|loved] {hobby}. [Sadly|But] there was nobody to share the fun with.",
              "[Day after day|All day long], {hero} was busy {hobby}. Still, {hero.he} [felt|often felt] lonely,"
              " because [nobody|no one] ever [came to look|stopped to say hello].",
              "{Hero.he} spent [whole mornings|many hours] {hobby}, and {hero.he} ate {hero.his} lunch [all"
              " alone|without a single word].")
    course(world)
    pause(world)
    world.say("After that, the two met [every day|each morning|whenever they could]. Together they made {made}.",
              "And what did they do next? They made {made}!",
              "The very next day, they [sat down side by side|met again] and made {made}.",
              "{Friend} wanted to try {hobby} too, so they made {made}.")
    world.say("[Now|From then on], {hero} [was never lonely again|did not feel lonely any more], because {hero.he} had"
              " {friend.name}.",
              '{Hero} looked at {friend} and thought, "So this is what it feels like to have a friend."',
              '"[I used to do this alone|This is much more fun now]," {hero} said. "[Alone was fine, but two is'
              ' better|I am glad that we met]."',
              "That night {hero} [went to sleep|fell asleep] with a smile, because tomorrow would not be a lonely day.",
              "The lonely days were over.", "")
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {place.a}", "{hero.a} who makes a new friend",
              "{hero.a} who feels lonely and meets {friend.a}", "how {hero.a} and {friend.a} became friends",
              "finding a friend {place.at}")
    world.fact("What did {hero.name} like to do?", "{Hero.name} liked {hobby}.")
    world.fact("Where did {hero.name} live?", "{Hero.name} lived {place.at}.")
    world.fact("Who became {hero.name}'s new friend?", "{Friend.name} became {hero.his} new friend.")


def returned_thing(world):
    rolls = world.chance(0.5)
    object_of(world, *(("ball", "marble", "coin", "button") if rolls
                       else ("hat", "kite", "scarf", "letter", "feather")))
    world.say("The only thing that kept {hero.him} company was {thing.a}.",
              "{Hero} owned {thing.a} and [looked after it well|was very proud of it].",
              "{Hero.his} dearest treasure was {thing.a}, [a gift from|a present from] {hero.his} grandmother.")
    world.new_paragraph()
    if rolls:
        world.say("One [day|afternoon], {thing} [slipped|fell] out of {hero.his} {hero.hands} and rolled [away|down"
                  " the path]. [Bump, bump, bump|Faster and faster] it went, [until it was gone|past the bushes and"
                  " out of sight].",
                  "One [morning|afternoon], {hero} [tripped over a root|stumbled], and {thing} rolled away like a"
                  " [little wheel|runaway pea].")
    else:
        world.say("One windy [day|afternoon], a [strong gust|sudden gust] [snatched|grabbed] {thing} and carried it"
                  " [far away|high over the bushes].",
                  "Then came a windy [morning|day]. Whoosh! {Thing} [flew|sailed] [up and away|out of {hero.his}"
                  " {hero.hands}] like a bird.")
    world.say('"[Oh no|Come back|Stop]!" [cried|shouted|called] {hero}. [{Hero.he} ran after it, but it was too'
              ' fast.|]',
              "{Hero} ran and ran, but {hero.he} could not catch it.",
              "{Hero} searched until {hero.his} eyes [filled with tears|stung].")
    world.say("Just then {friend.full} came [around the corner|up the path] with something {thing.look} in"
              " {friend.his} {friend.hands}.",
              "But {friend.full}, who had just moved in next door, [ran|hurried] after it and soon came back with"
              " {thing}.",
              "Soon there was a soft [cough|rustle] behind {hero.him}. There stood {friend.full}, holding {thing}.")
    world.say('"[Is this yours|Did you lose this]?" [asked {friend}|{friend} asked]. "I found it {spot}."',
              '"I think [this belongs to you|you dropped this]," said {friend} [shyly|softly|with a grin].')
    world.new_paragraph()
    world.say('{Hero} was so [surprised|shy] that {hero.he} could [only nod|hardly speak]. Then {hero.he}'
              ' [whispered|said], "Thank you! [You could have kept it, but you brought it back|That was very kind of'
              ' you]."',
              '"You found it!" {hero} [cried|gasped]. "[How can I thank you|What would you like for it]?"',
              '"Oh, thank you!" said {hero}. "[I thought it was gone forever|I would have missed it so much]."')
    world.say('"[Could we play together|May I play with you]?" asked {friend}. "I am new here, and I [do not know'
              ' anyone|have no friends yet]."',
              '{Friend} [looked down|blushed]. "I have watched you for days," {friend.he} said. "I [wanted to say'
              ' hello|hoped to meet you], but I was too shy."',
              '"I saw you {hobby} the other day," said {friend}. "[It looks like fun|I have never tried that], and I'
              ' would love to learn it."')
    world.say('"[Yes, please|I would like that]!" {hero} [answered|said at once].',
              "{Hero} laughed, because {hero.he} had been too shy to ask the very same thing.",
              "{Hero} moved over to make room.")
    world.ask("{hero.a} and {thing.a}", "{hero.a}, {friend.a} and {thing.a}")
    world.fact("Who brought {hero.name}'s {thing.kind} back?", "{Friend.name} brought it back.")


def scary_neighbor(world):
    noise, world["cause"], world["cure"] = world.pick(
        ("a terrible roar", "snored so loudly after lunch", "a soft pillow"),
        ("a long, sad howl", "sang old songs to feel less alone", "someone to sing along"),
        ("a crash like thunder", "practiced on an old drum", "somebody to dance to the music"),
        ("a boom that shook the windows", "sneezed because of the dust", "a broom and a helper"),
        ("a deep, rumbling growl", "had such an empty stomach", "a hot bowl of soup"))
    world["noise"] = noise
    world["lair"] = world.pick("an old tower", "a crooked hut", "a dark house with a round door",
                               "a cave with a wooden door")
    world.new_paragraph()
    world.say("Not far away, in {lair}, lived {friend.a}. [Everybody was|People were] afraid, because every"
              " [evening|afternoon] there came {noise} from inside.",
              '"[Never|Do not] go near the {friend.kind}," the neighbors warned. They had all heard {noise} from'
              ' {lair}, where {friend.the} lived.')
    world.say("One [day|afternoon], {hero} [walked past the door|came by with a basket], and there it was again:"
              " {noise}!",
              "But {hero} was curious. One day {hero.he} [crept|tiptoed] closer, and [suddenly|at once] {hero.he}"
              " heard {noise}.")
    world.say("{Hero.his} knees [shook|wobbled]. [{Hero.he} wanted to run away, but then {hero.he} heard a small"
              " sob.|Still, {hero.he} lifted {hero.his} {hero.hand} and knocked.]",
              "{Hero.his} heart [beat like a drum|thumped], but {hero.he} [took a deep breath|was brave] and knocked"
              " three times.",
              '"[I could run|I want to go home]," thought {hero}, "but [what if someone needs help|then I will never'
              ' know what it is]?"')
    world.say('The door opened [slowly|with a creak]. "[Please do not run away|Please stay]," said {friend.the} in a'
              ' [tiny|soft] voice. "[Everyone runs away|Nobody ever knocks]."',
              '{Friend.the} [peeked|looked] out and seemed just as scared as {hero}. "[Are you a visitor|Is this a'
              ' visit]? [I have never had one|That would be my first one]!"')
    world.new_paragraph()
    world.say('"What was that awful noise?" {hero} asked.',
              '"Who made that noise?" asked {hero}. "[Is there a monster inside|Are you hurt]?"')
    world.say("{Friend.the} turned pink. [It turned out|Then {hero} learned] that there was no monster at all."
              " {Friend.he} just {cause}!",
              '"Oh, that," {friend.the} said and [blushed|gave a shy smile]. The truth was very simple: {friend.he}'
              ' {cause}.')
    world.say('"[Is that all?|That is not scary!]" {hero} laughed. "All you need is {cure}."',
              '{Hero} giggled with relief. "You are not scary," {hero.he} said. "You only need {cure}."')
    if friend_name := world["friend"].own_name:
        world["label"] = friend_name
        world.say('"My name is {label}," said the {friend.kind}. "[I am not good at making friends|Nobody ever asked'
                  ' me that before]."',
                  '"[And what is your name|What are you called]?" asked {hero}. "{label}," said the {friend.kind}.')
    world.say("{Hero} told all the neighbors, and they felt [silly|sorry] that they had been afraid.",
              "Later, {hero} brought {friend} {friend.treat}, because {friend.he} loved {friend.food} [best of all|so"
              " much].",
              "")
    world.ask("{hero.a} who is afraid of {friend.a}", "a scary noise", "{friend.a} who seems scary but is kind")
    world.fact("Why were people afraid of {friend.the}?", "They were afraid because they heard {noise}.")


def secret_gifts(world):
    gifts = world.rng.sample(["a blue feather", "three ripe cherries", "a smooth green pebble", "a bunch of violets",
                              "a pine cone painted gold", "a tiny cup of honey", "a walnut shell with a sail",
                              "a yellow ribbon", "a whistle made of wood", "a snail shell with pink stripes"], 3)
    for name, gift in zip(("gift", "second", "third"), gifts):
        note(world, name, gift)
    note(world, "hiding", world.pick("an old hollow tree", "a gap in the stone wall", "a wooden box on a fence post",
                                     "a split tree stump"))
    world.new_paragraph()
    world.say("One [morning|day], {hero} passed {hiding} and [saw|noticed] something inside. [What a surprise|How"
              " odd]: there lay {gift}!",
              "There was {hiding} beside the path. One [day|morning], {hero} looked into it and found {gift}.")
    world.say('"Who put it there?" {hero.he} [wondered|asked out loud]. There was nobody around.',
              "{Hero} looked left and right, but {hero.he} saw [nobody|only a beetle].",
              'A little note [lay|was] beside it. "For you," it said, but there was no name.', "")
    world.say("[A gift should be answered with a gift|{Hero} did not want to take it for nothing], so {hero.he} left"
              " {second} in the same place.",
              "{Hero.he} was so [pleased|happy] that {hero.he} ran home and came back with {second}. {Hero.he} laid it"
              " [carefully|gently] inside.")
    world.say("The next morning, [someone|somebody] had taken {the_second}. In the same spot lay {third}!",
              "When {hero} came back the next day, somebody had taken {the_second} and left {third}.")
    world.new_paragraph()
    world.say("Now {hero} [could not wait any longer|had to know]. {Hero.he} hid behind a [bush|rock] and [waited|kept"
              " very still] until [the sun was low|{hero.his} legs were stiff].",
              "That evening, {hero} [crouched|hid] [in the tall grass|behind a barrel] and watched. {Hero.his} nose"
              " itched, but {hero.he} did not sneeze.")
    world.say("[Step, step, step|Tap, tap, tap]. {Friend.full} came [along|down the path], looked around and"
              " [reached|leaned] inside.",
              "At last somebody came. It was {friend.full}, walking on the tips of {friend.his} toes.")
    world.say('"It was you!" [cried|called] {hero} and jumped out.',
              '"Hello," said {hero} softly. "[So you are my secret friend|Are you the one who leaves the gifts]?"')
    world.say('{Friend} [jumped with fright|nearly fell over], and then [began to laugh|smiled]. "I saw you here alone'
              ' and wanted to cheer you up," {friend.he} said. "But I was too shy to talk."',
              '"You caught me," {friend} [said|laughed]. "I [saw that you were always alone|thought that you looked'
              ' sad], so I gave you {the_gift}."')
    world.say('"[I was shy too|Me too]," said {hero}. "[Let us be shy together|Now we do not have to hide]."',
              '"It was the nicest thing that ever happened to me," said {hero}.', "")
    world.say("They kept {the_hiding} for their letters.", "", "")
    world.ask("{hero.a} who finds {gift}", "secret gifts", "{hero.a} and {gift}")
    world.fact("What did {hero.name} find first?", "{Hero.name} found {gift}.")
    world.fact("What did {hero.name} leave as an answer?", "{Hero.name} left {second}.")


def under_one_roof(world):
    note(world, "roof", world.pick("an old wagon", "a wooden bridge", "a huge oak tree", "an upside-down boat",
                                   "the roof of a tool shed", "a big rock that leaned to one side"))
    snack, world["share"] = world.pick(("a cheese sandwich", "half of it"), ("six plums", "three of them"),
                                                ("a warm bun", "the bigger half"), ("ten nuts", "five of them"),
                                                ("a slice of apple pie", "half of it"), ("four cookies", "two of them"))
    note(world, "snack", snack)
    world.new_paragraph()
    world.say("One [afternoon|day], [dark clouds rolled in|the sky turned gray], and [rain came down in buckets|it"
              " began to pour]. {Hero} [dashed|ran] under {roof} to stay dry.",
              "Then, one [morning|afternoon], thunder rumbled. Fat drops [splashed|drummed] on the ground, so {hero}"
              " hurried under {roof}.")
    world.say("But somebody was already there! It was {friend.full}, wet [from head to toe|all over] and"
              " [shivering|sneezing].",
              "A moment later, {friend.full} [came running|splashed through the puddles] and squeezed in beside"
              " {hero.him}.")
    world.say("At first they [were both too shy to speak|did not say a word]. They only [listened to the rain|looked"
              " at their feet].",
              '"[Nice weather for a fish|Quite a storm]," said {friend}. {Hero} did not know what to answer.', "")
    world.say("Then {friend.s} stomach [growled|rumbled] so loudly that it sounded like [more thunder|an angry bear]."
              " They looked at each other and burst out laughing.",
              "[Boom|Crash]! The thunder was so loud that they grabbed each other's {hero.hands}, and then they had to"
              " laugh."
              if world["hero"].hands == world["friend"].hands
              else "[Boom|Crash]! The thunder was so loud that both of them jumped, and then they had to laugh.")
    world.new_paragraph()
    world.say('{Hero} had {snack} in {hero.his} bag. "Are you hungry?" {hero.he} asked and gave {friend} {share}.',
              '"Here," said {hero}, who had packed {snack} that morning. {Hero.he} handed {friend} {share}.')
    world.say('"[That is so kind|How good that tastes]!" said {friend}. "[Where did you learn to share like that?|I'
              ' ran out without breakfast.]"',
              '{Friend} ate every crumb. "This is the best meal of my life," {friend.he} said.')
    world.say("To pass the time, they [counted the drops|told riddles|played a guessing game], and {friend} showed how"
              " {friend.he} could {friend.skill}.",
              "They talked about [everything|storms, soup and the color of frogs], and {hero} told {friend} all about"
              " {hobby}.")
    world.say("When the rain stopped, a rainbow [stretched|hung] over {place}, but neither of them wanted to go home.",
              'At last the sun came out. "What a pity," said {hero}. "I hoped that it would rain [longer|all day]."',
              "")
    world.say('"[Promise me something|Let us make a promise]," said {friend}. "Whenever it rains, we will meet under'
              ' {the_roof}."',
              '"[Shall we meet again|Will you come again]?" asked {friend}. "[Even without rain|Even when the sun'
              ' shines]?" {Hero} [nodded|said yes].')
    world.ask("{hero.a} in the rain", "{hero.a} and {friend.a} in a storm", "a rainy day that brings a friend")
    world.fact("Where did {hero.name} wait for the rain to stop?", "{Hero.name} waited under {roof}.")
    world.fact("What did {hero.name} share?", "{Hero.name} shared {snack}.")


# A quarrel and making up.

def quarrel(world):
    hero, friend = cast(world, trait="cheerful funny curious kind playful stubborn proud")
    setting(world, OUTDOORS)
    world["sign"], world["signed"] = world.pick(
        ("two short whistles", "whistled twice"), ("three knocks on wood", "knocked on wood three times"),
        ("the hoot of an owl", "hooted like an owl"), ("a bow like a king's", "bowed like a king"),
        ("one hop and one spin", "hopped once and spun around"),
        ("two claps and a stomp", "clapped twice and stomped once"))
    world.say("[Once upon a time|Once], {hero.full} and {friend.full} lived {place.in_a}. They were the best of"
              " friends.",
              "{Hero.full} and {friend.full} [did everything together|were never apart]. They lived {place.in_a},"
              " [among|surrounded by] {place.sight}.",
              "{Place.in_a}, [everyone|everybody] knew {hero.full} and {friend.full}. Where one of them went, the"
              " other went too.",
              "There were two friends {place.in_a}: {hero.full} and {friend.full}.",
              '"Best friends forever!" That was what {hero.full} and {friend.full}, who lived {place.in_a}, had [once'
              ' promised each other|carved into a tree].')
    world.say("They even had a secret sign: {sign}.", "Whenever they met, they used their secret greeting, {sign}.",
              "Nobody else knew their secret sign, which was {sign}.")
    world.pick(pulled_apart, hidden_pieces, who_won, broken_promise)(world)
    pause(world)
    world.say("{Hero} {signed}, and {friend} {signed} too.",
              "Then {friend} {signed}, just as in the old days. {Hero} did the same.",
              "And what about the secret sign? They used it at once: {sign}.",
              "{Hero} gave the secret sign, {sign}, and {friend} [laughed|smiled] and gave it back.")
    world.say("[A good friendship|Their friendship], they [had learned|found out], can [crack|bend] and still be"
              " [mended|made strong again].",
              "Friends may quarrel, but [good friends|true friends] [find the way back|also know how to say sorry].",
              "They still argued sometimes, [but never for longer than an hour|but they always made up before supper].",
              "That evening they shared {hero.treat}, and it [tasted sweeter than ever|had never tasted so good].",
              'It was [such a small word|only one short word], but "sorry" had made everything right.', "", "")
    world.ask("{hero.a} and {friend.a}", "{hero.a} and {friend.a} who quarrel and make up",
              "two friends who have a quarrel", "{hero.a} who learns to say sorry", "{hero.a} and {place.a}",
              "{hero.a} who is angry with {friend.a}")
    world.fact("What was the secret sign of the two friends?", "Their secret sign was {sign}.")
    world.fact("Where did the friends live?", "They lived {place.at}.")


def pulled_apart(world):
    grown_up(world)
    object_of(world, "kite", "wagon", "drum", "basket", "umbrella", "scarf", "map", "boat")
    world["harm"], world["repair"] = {
        "kite": ("one wing was torn", "glue and paper"),
        "wagon": ("one wheel had come off", "a hammer and four nails"),
        "drum": ("the skin had a hole in it", "a round patch of leather"),
        "basket": ("the handle had snapped", "strong string"),
        "umbrella": ("two of its ribs were bent", "wire and thread"),
        "scarf": ("it was split in the middle", "a needle and yellow thread"),
        "map": ("it was in two halves", "a strip of sticky tape"),
        "boat": ("the mast had broken off", "a straight twig and glue"),
    }[world["thing"].kind]
    world.new_paragraph()
    world.say('One [day|morning], they found {thing.a} [beside the path|by the fence]. "[I saw it first|It is mine]!"'
              ' [cried|shouted] {hero}.',
              "One [afternoon|day], {thing.a} lay [in the middle of the path|beside an old wall]. Both friends [ran to"
              " it|reached for it] at the same moment.")
    world.say('"[No, I did|No, it is mine]!" {friend} [yelled|shouted]. {Hero} pulled on one side, and {friend} pulled'
              ' on the other.',
              "{Hero} tugged to the left. {Friend} tugged to the right. [Neither of them|Neither one] would let go.")
    world.say("[Crack|Rip|Snap]! When they looked at {thing}, {harm}.",
              "There was [an ugly|a nasty] sound, and suddenly {harm}.")
    world.say('"[Look what you did|Now you broke it]!" they both said at once. {Hero} stamped off [to the left|up the'
              ' path], and {friend} marched [home|the other way].',
              '"This is all your fault!" said {friend}. "[I never want to see you again|You can play alone]!" {Hero}'
              ' answered, and they went home without [a word|looking back].')
    world.new_paragraph()
    world.say("At home, {hero} [tried to be angry|grumbled for a while], but {hero.he} only felt [empty|a lump in the"
              " throat].",
              "The next day was long. {Hero} [kicked pebbles|counted the clouds], but [without {friend.name}|alone] it"
              " was dull.",
              "That night {hero} could not sleep, because {hero.he} kept hearing those unkind words.", "")
    world.say('"Why the long face?" asked {elder}. {Hero} told the whole story. "[Tell me|Think about it]," said'
              ' {elder}. "What do you miss more, the {thing.kind} or your friend?"',
              "{Elder} saw {hero.him} and gave {hero.him} {repair}. \"With this you can mend the {thing.kind},\" said"
              " {elder}. \"[But for a friendship|For your friend] you need the word 'sorry'.\"")
    world.say("So {hero} [ran|hurried] to {friend.s} home, but halfway there {friend} was already coming to meet"
              " {hero.him}.",
              "{Hero} [took a deep breath|gathered all {hero.his} courage] and went to see {friend}.")
    world.say('"I am sorry that I [pulled|shouted]," said {hero}. "I am sorry too," said {friend}.',
              '"[I was greedy|I was silly], and I am sorry," {hero} said. "[So was I|Me too]," {friend}'
              ' [answered|whispered].')
    world.say("With {repair} they mended {thing}, and from then on they took turns.",
              "Then they sat down with {repair} and mended {thing} together. {Hero} held it still while {friend}"
              " worked.")
    world.ask("{hero.a}, {friend.a} and {thing.a}", "two friends who both want {thing.a}")
    world.fact("What did the two friends quarrel about?", "They quarreled about {thing.a}.")
    world.fact("What did they use to mend the {thing.kind}?", "They used {repair}.")


def hidden_pieces(world):
    thing, world["pieces"], world["mending"] = world.pick(
        ("a clay cup with a painted fish", "three pieces", "glue"), ("a glass star", "two pieces", "silver wire"),
        ("a toy ship with a white sail", "four pieces", "glue and string"),
        ("a wooden horse", "two pieces", "a small nail"), ("a blue teapot", "five pieces", "strong glue"),
        ("a music box with a dancing bird", "three pieces", "tiny screws"))
    note(world, "thing", thing)
    world["hide"] = world.pick("under a pile of leaves", "behind the rain barrel", "in an old boot",
                               "under a flat stone")
    world.new_paragraph()
    world.say("{Friend} owned {thing}, and nobody was allowed to [touch it|play with it] without asking.",
              "The thing that {friend} loved most was {thing}. It had come from [far away|a dear uncle].")
    world.say("One [day|morning], while {friend} was [fetching water|out in the yard], {hero} [picked it up|took it"
              " down from the shelf], just to look. It [slipped|fell] and broke into {pieces}.",
              "One [afternoon|day], {hero} [bumped|knocked] against the table with one elbow. [Crash|Clink]!"
              " {The_thing} lay on the floor in {pieces}.")
    world.say("{Hero} was so scared that {hero.he} hid the pieces {hide}.",
              "{Hero.s} ears [burned|turned hot]. [Quickly|Without thinking], {hero.he} hid the pieces {hide}.")
    world.say('"Have you seen {the_thing}?" asked {friend} later. "No," {hero} [mumbled|lied] and looked away.',
              'When {friend} asked about it, {hero} [shrugged|shook {hero.his} head]. "Maybe a [thief|magpie] took'
              ' it," {hero.he} said.')
    world.say('"You were the only one here," said {friend}. "[I do not believe you|You are not telling the truth]!"'
              ' They argued until {friend} [shut the door|walked out in tears].',
              '{Friend} searched all day and cried. In the end {friend} said, "[I think you know something|You took'
              ' it, I know it]!" {Hero} got angry and ran home.')
    world.new_paragraph()
    world.say("But the lie sat in {hero.his} belly like a stone. {Hero} had no appetite, not even for {hero.food}.",
              "{Hero} tossed and turned all night. The lie [was heavier than a rock|would not let {hero.him} sleep].",
              "")
    world.say('In the morning, {hero} dug up the pieces and carried them to {friend}. "I broke it," {hero.he} said.'
              ' "[And then I lied|I was afraid to tell you]. I am so sorry."',
              'As soon as the sun rose, {hero} [knocked on|stood at] {friend.s} door with the pieces in a cloth. "It'
              ' was me," {hero.he} [sobbed|whispered]. "[Please forgive me|I should have told you]."')
    world.say('{Friend} was quiet for a [long|little] while. "I am sad that it broke," {friend.he} said, "but the lie'
              ' hurt [more|most of all]. [Thank you for telling me|I am glad that you told the truth]."',
              '"Anyone can drop something," said {friend} at last. "[But friends tell each other the truth|Just never'
              ' lie to me again]." "I promise," said {hero}.')
    world.say("They used {mending} to put the {pieces} back together. There was still a crack, but {friend} [liked"
              " it|said that it looked like a smile].",
              "With {mending} and much patience, they mended {the_thing} together.", "")
    world.ask("{hero.a} who breaks {thing}", "{hero.a} who tells a lie and is sorry", "{friend.a} and {thing}")
    world.fact("What did {hero.name} break?", "{Hero.name} broke {thing}.")
    world.fact("Where did {hero.name} hide the pieces?", "{Hero.name} hid them {hide}.")


def who_won(world):
    world["goal"] = world.pick("the crooked pine", "the old stone gate", "the wooden bridge", "the tall sign post",
                               "the mill")
    trap, world["rescue"], world["tool"] = world.pick(
        ("a muddy ditch", "held out a long branch", "a long branch"), ("a deep hole", "let down a rope", "a rope"),
        ("a thorny bush", "bent the thorns away with a stick", "a stick"),
        ("a patch of sticky mud", "laid a plank across the mud", "a plank"))
    note(world, "trap", trap)
    note(world, "prize", world.pick("a jar of plum jam", "a bag of toffee", "a honey cake", "a paper crown",
                                    "a big red apple"))
    world.new_paragraph()
    world.say('One [sunny|bright|warm|cloudy] [day|morning], {hero} said, "Let us race to {goal}! The winner gets'
              ' {prize}."',
              '"I am faster than you," {friend} boasted one day. "[No, I am|You are not]!" said {hero}. So they agreed'
              ' to race to {goal}, and {prize} was the prize.')
    world.say("[Ready, steady, go|One, two, three]! They [dashed|shot] off. {Hero} took a short cut through the bushes"
              " and got there first.",
              "They ran side by side, puffing and panting, and [touched|reached] {goal} at nearly the same moment.")
    world.say('"I won!" shouted {hero}. "[You cheated|That is not fair]!" cried {friend}.',
              '"The prize is mine!" {hero} and {friend} shouted [at the same time|together].')
    world.say('They [argued and argued|called each other names] until their faces were [red|hot]. Then {friend} turned'
              ' around and left. "[Keep your silly prize|I will never race you again]!"',
              '"[Cheater|Show-off]!" said one. "[Bad loser|Big head]!" said the other. At last, {friend} stormed away'
              ' [without {the_prize}|with tears of anger].')
    world.new_paragraph()
    world.say("{Hero} looked at {the_prize}. It [did not look nice any more|was not worth much without a friend].",
              "Now {hero} had {the_prize}, but {hero.he} had nobody to [share it with|show it to]. That felt"
              " [bad|wrong].")
    world.say('Suddenly there came a cry. "Help! [Is anybody there|I am stuck]!" It was {friend}, who had fallen into'
              ' {trap}.',
              "Then somebody called for help. On the way home, {friend} had slipped into {trap} and could not get out.")
    world.say('{Hero} forgot the race and ran faster than ever. {Hero.he} {rescue}. "Hold on [tight|to it]!" {hero.he}'
              ' called. [Step by step|Bit by bit], {friend} climbed out.',
              "{Hero} did not wait a second. {Hero.he} {rescue} until {friend} was [free|safe], with [only a"
              " scratch|nothing worse than dirty knees].")
    world.say('"You came, even though I was [mean|so angry]," said {friend}. "Of course," said {hero}. "[You are more'
              ' important than a race|And I am sorry]. We both won today."',
              '"[I am sorry|Forgive me]," said {hero}. "I wanted to win so badly that I forgot to be a friend." "[I'
              ' forgot it too|So did I]," said {friend}.')
    world.say("They divided {the_prize} into two equal parts."
              if world["prize"] != "a paper crown"
              else "They took turns wearing the paper crown.",
              "They walked back to {goal}, this time slowly and [arm in arm|side by side].", "")
    world.ask("{hero.a} and {friend.a} who run a race", "a race to {goal}",
              "{hero.a} who helps {friend.a} out of {trap}")
    world.fact("What was the prize of the race?", "The prize was {prize}.")
    world.fact("Where did the friends race to?", "They raced to {goal}.")


def broken_promise(world):
    event, invitation, reason = world.pick(
        ("watch the fireflies", "come and watch the fireflies with me",
         "the fireflies glow for only a few nights a year"),
        ("hear {friend.name} sing", "come and hear me sing on the stage", "nobody had heard the new song yet"),
        ("fly the new kite", "come and fly my new kite with me", "it had taken a month to build the kite"),
        ("see the moon flower", "come and see the moon flower with me", "the moon flower opens for only three nights"),
        ("taste the pie", "come and taste the first pie that I ever baked", "the pie had taken all morning"))
    world["event"], world["invitation"], world["reason"] = event, invitation, reason
    note(world, "distraction", world.pick("a frog with golden eyes", "a puzzle with a hundred pieces",
                                          "a bush full of berries", "a book about pirates", "a nest of baby birds"))
    note(world, "gift", world.pick("a drawing of two friends", "a bunch of bluebells",
                                   "a letter with nine hearts on it", "a bracelet of red thread",
                                   "a basket of warm rolls"))
    world.new_paragraph()
    world.say('"Will you {invitation} tonight?" asked {friend} one day. "[I promise|Yes, I promise]," {hero}'
              ' [said|answered].',
              'One morning, {friend} had a question. "Will you {invitation} this evening?" "Of course! I promise,"'
              ' said {hero}.')
    world.say("It [mattered|meant] a lot to {friend}, because {reason}.",
              "{Friend} could hardly wait for the evening, because {reason}.", "")
    pause(world)
    world.say("But on the way, {hero} [came across|found] {distraction} and forgot [the time|everything else].",
              "But then {hero} found {distraction}. {Hero.he} [looked and looked|could not stop looking], and the"
              " hours flew by.")
    world.say("{Friend} waited and waited. [Nobody came|The moon rose, and still nobody came].",
              "{Friend} sat on the doorstep and looked down the path, [again and again|until it was too dark to see].",
              "")
    world.new_paragraph()
    world.say('The next morning, {hero} called cheerfully, "Good morning!" {Friend} did not [smile|turn around]. "You'
              ' promised to come," {friend.he} said. "[You forgot me|I waited for you all alone]."',
              'When they met the next day, {friend} was [hurt|angry]. "I waited until dark," {friend.he} said. "[Does'
              ' a promise mean nothing to you|How could you forget]?"')
    world.say('"[It was only one evening|Do not make such a fuss]!" said {hero}, and soon they were shouting at each'
              ' other.',
              '"I found {distraction}!" {hero} said. But that only made {friend} angrier. {Friend.he} walked away with'
              ' [wet eyes|{friend.his} head down].',
              "")
    world.say("{Hero} sat down on a stone and thought. How would it feel to wait [all evening|for so long]? [Very"
              " bad|It would hurt], {hero.he} knew.",
              "First {hero} was cross, but then {hero.he} [imagined|pictured] {friend} waiting in the dark, and"
              " {hero.he} felt ashamed.")
    pause(world)
    world.say('So {hero} brought {gift} to {friend}. "I broke my promise," {hero.he} said. "[That was wrong|I am truly'
              ' sorry]. May I try again?"',
              '{Hero} knocked on {friend.s} door and held out {gift}. "I am sorry," said {hero}. "[Please give me'
              ' another chance|I will not forget you again]."')
    world.say('{Friend} looked at {the_gift} and [slowly smiled|sniffed]. "[All right|Yes]," {friend.he} said. "[Come'
              ' tonight|Come back this evening]. But be on time!"',
              '"I was angry because I [like you so much|wanted you there]," said {friend}. "[Let us try again|You may'
              ' come tonight]."')
    world.say("That evening, {hero} was there [an hour early|before the first star]. {Hero} had come to {event}, and"
              " it was wonderful.",
              "{Hero} tied a knot in a string so that {hero.he} would remember. That evening, {hero.he} came in time"
              " to {event}.")
    world.ask("{hero.a} who breaks a promise", "a broken promise and {gift}", "{friend.a} who waits for {hero.a}")
    world.fact("What made {hero.name} forget the promise?", "{Hero.name} found {distraction}.")
    world.fact("What did {hero.name} bring to say sorry?", "{Hero.name} brought {gift}.")


# Sharing.

def sharing(world):
    hero, friend = cast(world, trait="funny curious playful proud lively clever")
    setting(world, OUTDOORS)
    world.pick(mine_alone, last_bite, soup_for_all, one_blanket)(world)
    world.ask("{hero.a} who learns to share", "{hero.a} and {friend.a}", "{hero.a} and {place.a}",
              "sharing with a friend", "{hero.a} who shares with {friend.a}")


def mine_alone(world):
    thing, world["dull"], world["together"] = world.pick(
        ("ball", "threw it against a wall, but the wall never threw it back nicely",
         "threw it back and forth until dark"),
        ("wagon", "wanted to ride in it, but nobody was there to pull", "took turns at pulling and riding"),
        ("sled", "wanted to go fast, but nobody was there to give a push", "took turns at pushing and riding"),
        ("kite", "could not hold it up and run with the string as well",
         "made it climb up to the clouds, one holding and one running"),
        ("puzzle", "tried to finish it, but one piece stayed hidden for hours", "found the last piece and clapped"),
        ("drum", "beat on it, but nobody was there to sing or dance", "played and danced until their feet were tired"),
        ("rope", "wanted to jump over it, but nobody was there to swing the other end",
         "swung and jumped and counted to fifty"))
    object_of(world, thing)
    world["giver"] = world.pick("uncle", "aunt", "grandmother", "grandfather")
    world["sled_day"] = world.pick(*(("snowy", "frosty") if thing == "sled" else ("sunny", "warm", "bright", "breezy")))
    note(world, "treat", world.fill(world["friend"].treat).lower())
    world.say("{Hero.full} [got|was given] {thing.a} from {hero.his} {giver}.",
              "One {sled_day} morning, {hero.full} [came out of the house|stepped outside] with {thing.a}, a present"
              " from {hero.his} {giver}.",
              '"Look what I have!" called {hero.full}. It was {thing.a}, and it came from {hero.his} {giver}.',
              "There was once {hero.full} who owned the nicest thing {place.in_a}: {thing.a}. It was a gift from"
              " {hero.his} {giver}.")
    world.say('{Friend.full} [came running|hurried over]. "[How pretty|What a lovely thing]!" said {friend.the}. "[May'
              ' I try it|Can I have a turn]?"',
              '"[Oh, may I try it?|Please let me try it!]" begged {friend.full}, who lived {place.at} too.')
    world.say('"No," said {hero} and [held it tight|turned away]. "[It is mine, only mine|You might break it]!"',
              '{Hero} [hugged|held] {thing} with both {hero.hands}. "[Mine|Get your own]!" {hero.he} said.',
              '{Hero} thought of scratches and dirty {friend.hands}. "[No|Never]," {hero.he} said. "[Nobody touches it'
              ' but me|It is too good for others]."')
    world.say("{Friend} [swallowed|looked at the ground] and went [away|home] without a word.",
              "So {friend} went off to [pick {friend.food}|sit by the fence], alone and hurt."
              if world["friend"].food in FRUITS
              else "So {friend} went off to sit by the fence, alone and hurt.")
    world.new_paragraph()
    world.say("Now {hero} had {thing} all to {hero.himself}. {Hero.he} {dull}.",
              "At last {hero} could play without any trouble. But something was wrong. {Hero.he} {dull}.")
    world.say("[An hour passed|The clock struck three], and {hero.he} [yawned|sighed]. It was not much fun at all.",
              "[How strange|Why was that]? The present was as nice as before, but {hero} was bored.",
              '"[This is boring|Something is missing]," {hero} [muttered|grumbled].')
    world.say("Then {hero.he} heard laughter. {Friend} sat under a tree and shared {treat} with [two ants|three"
              " sparrows|a family of beetles]. They all looked so [happy|cheerful].",
              'Then {friend} came by with {treat}. "[Do you want some|Would you like to taste]?" {friend.he} asked.'
              ' "[There is enough for two|It tastes better in company]."',
              "From behind the hedge came a quiet sob. There sat {friend} with {treat}, too sad to eat.")
    world.say("{Hero.s} cheeks [burned|grew hot]. {Hero.he} had been [selfish|mean], and {hero.he} knew it.",
              "{Hero} remembered how {friend} had asked so nicely, and {hero.he} felt ashamed.")
    world.new_paragraph()
    world.say('{Hero} walked up to {friend}. "I am sorry," {hero.he} said. "[You may have the first turn|Please play'
              ' with me]."',
              '"[Here, it is your turn|Come and play with me]," said {hero} and put {thing} into {friend.s}'
              ' {friend.hands}.')
    world.say('"[Really|Are you sure]?" asked {friend} with [big|shining] eyes. "[Of course|Quite sure]," said {hero}.',
              '{Friend} [beamed|jumped up]. "[I will be very careful|Thank you, {hero.call}]!"')
    world.say("Together they {together}.", "It was like magic: now the fun began. They {together}.")
    pause(world)
    world.say("Later they [ate|finished] {the_treat}, and {hero} was [full and happy|happier than all day]. A thing"
              " that is shared, {hero.he} thought, [becomes twice as nice|is never boring].",
              "Not a single scratch was on {thing}, but {hero} would not even have minded.",
              'When the {giver} asked what {hero} liked best about the present, {hero.he} [did not have to'
              ' think|answered at once]. "That two can play with it!"')
    world.ask("{hero.a} and {thing.a}", "{hero.a} who does not want to share {thing.a}",
              "{hero.a}, {friend.a} and {thing.a}")
    world.fact("Who gave {hero.name} the {thing.bare}?", "{Hero.name} got it from {hero.his} {giver}.")
    world.fact("What did {friend.name} have to eat?", "{Friend.name} had {treat}.")


def last_bite(world):
    note(world, "meal", world.pick("a crust of bread", "a slice of cheese", "a boiled egg", "a pear",
                                   "a bun with raisins", "a potato pancake", "a corn cake"))
    world["errand"], world["trouble"], world["deed"] = world.pick(
        ("carry a sack of flour to the mill", "the sack tore open, and the flour ran out",
         "sewed the hole with a thorn and a blade of grass"),
        ("bring a letter to a far village", "a thick fog came, and the path was gone",
         "knew every stone and led the way"),
        ("cross the stream to visit an aunt", "the stream rose and washed the bridge away",
         "rolled a log across the water"),
        ("fetch a cart of firewood", "the cart got stuck in the mud", "pushed from behind with a loud 'heave-ho'"))
    world["why"] = world.pick("a thief had taken the lunch bag", "there had been no breakfast at home",
                              "it had been a long walk without a single rest",
                              "the last crumb had been eaten the day before")
    world.say("{Hero.full} had only {meal} left in {hero.his} bag. It had to last all day, because {hero.he} was on"
              " the way to {errand}.",
              "[Long ago|One morning], {hero.full} set out to {errand}. For the trip {hero.he} had packed {meal}, and"
              " nothing else.",
              "The road {place.at} was long and dusty. {Hero.full} walked along it to {errand}, with {meal} in"
              " {hero.his} bag.")
    world.say("{Place.at}, {hero.he} met {friend.full}, who sat {seat} and [held|rubbed] {friend.his} stomach.",
              "{Place.at}, {friend.full} sat on a stone, weak and [trembling|tired].",
              "After a while, {hero} heard a [weak|thin] voice. It came from {friend.full}, who was resting"
              " {place.at}.")
    world.say('"What is wrong?" asked {hero}. "I am so hungry that [my legs are weak|I cannot walk]," said {friend}.'
              ' It was true, for {why}.',
              '"Have you [a bite|something] to eat?" asked {friend}. "[My stomach hurts|I feel dizzy]." {Friend.he}'
              ' was very hungry, because {why}.')
    world.new_paragraph()
    world.say("{Hero} looked at {the_meal}. It was very small. {Hero.his} own stomach [rumbled|growled].",
              '"If I give it away, [I will be hungry too|nothing is left for me]," thought {hero}. {Hero.he} looked at'
              ' {the_meal} and then at {friend.s} sad eyes.')
    world.say('Then {hero.he} broke it in two and gave {friend} the bigger part. "[Half is better than none|Here, eat'
              ' with me]," {hero.he} said.',
              'In the end {hero.he} cut it down the middle. "[One half for you, one for me|Two small lunches are'
              ' better than one sad face]," {hero.he} said.')
    world.say("{Friend} ate slowly and [licked every finger|picked up each crumb]."
              if world["friend"].hand == "hand"
              else "{Friend} ate slowly and picked up each crumb.",
              "{Friend} ate, and the color came back into {friend.his} face.")
    world.say('"I will not forget this, {hero.call}," {friend.he} said.',
              '"[One day I will pay you back|You have a good heart]," said {friend}. {Hero} only smiled and [waved'
              ' goodbye|walked on].',
              "")
    world.new_paragraph()
    world.say("But bad luck was waiting. [Late in the day|Before long], {trouble}. {Hero} [did not know what to do|sat"
              " down and nearly cried].",
              'That same afternoon, {trouble}. "[What now|What shall I do]?" [groaned|cried] {hero}.')
    world.say('"[Wait, I am coming|Do not worry]!" called a voice. It was {friend}! {Friend.he} had [come the same'
              ' way|seen everything from the top of a rock].',
              "Then [quick|light] steps came closer. Who was it? It was {friend}, strong again after the meal.")
    world.say("{Friend} {deed}. [It took some time, but it worked|Soon all was well].",
              "Without a word, {friend} {deed}. {Hero} could not believe {hero.his} luck.")
    world.say('"[How can I ever thank you?|You saved me!]" said {hero}. "You have thanked me already," said {friend},'
              ' "[with half of your lunch|when you shared {the_meal}]."',
              '"Now we are even," {friend} laughed. "No," said {hero}, "now we are [friends|a team]."')
    pause(world)
    world.say("The next time {hero} went that way, {hero.he} took two lunches, [just in case|one for each of them].",
              "Ever since, they have shared every meal, [down to the last crumb|be it big or small].",
              "{Friend} [came along|went with {hero.him}], and at the end of the road they ate {hero.treat} together.",
              "")
    world.ask("{hero.a} who shares {meal}", "{hero.a} who helps a hungry {friend.kind}",
              "how {friend.a} pays back a kindness")
    world.fact("What did {hero.name} share with {friend.name}?", "{Hero.name} shared {meal}.")
    world.fact("Why was {friend.name} so hungry?", "{Friend.name} was hungry because {why}.")


def soup_for_all(world):
    world["third"] = someone(world, other=world["friend"])
    world["mine"], first, second = (world.pick(*names) for names in (
        ("a lump of butter", "a pinch of salt", "a bag of noodles", "a jar of cream"),
        ("two carrots", "a big onion", "three potatoes"), ("a handful of beans", "a leek", "a yellow turnip")))
    note(world, "mine", world["mine"])
    world["first"], world["second"] = first, second
    world["hide"] = world.pick("under the bed", "behind the clock", "in the bread box", "on the highest shelf")
    world.say("It was a [hard|cold] winter {place.in_a}. [Snow lay up to the windows|The ground was frozen], and there"
              " was little to eat.",
              "Snow fell on {place.a} for [ten|seven] days. [The paths were gone|No cart could pass], and the food ran"
              " low.",
              "The winter {place.in_a} was so cold that the [wells|windows] froze and the shelves grew empty.")
    world.say("{Hero.full} had only {mine} left, and {hero.he} kept it {hide}.",
              "Nobody knew that {hero.full} still had {mine}, hidden {hide}.")
    pause(world)
    world.say('Then there was a knock. Outside stood {friend.full}. "I have {first}," said {friend.the}, "but [that is'
              ' not a meal|I cannot cook a dinner from that]."',
              '"[Good day|Hello]!" called {friend.full} at the door. "All I have is {first}. [What have you got|Have'
              ' you anything]?"')
    world.say("Behind {friend.him} came {third.full}, who had {second}.",
              "Soon {third.full} [arrived|came] too, and all that {third.he} had was {second}.")
    world.new_paragraph()
    world.say('"Let us make a soup together," said {friend}. "[Each of us puts something in|Then there will be enough'
              ' for all]."',
              '"Alone we have [almost nothing|only bits]," said {third}. "But in one pot, it could be a soup."')
    world.say('{Hero} thought of the hiding place. "I have nothing," {hero.he} [mumbled|said] and [looked at the'
              ' floor|turned red].',
              '"My shelves are empty," said {hero}, but that was not quite true.')
    world.say('"That does not matter," said {friend}. "[You lend us your stove and your pot|Your pot is big], and you'
              ' will eat with us."',
              '"Never mind," {third} said [kindly|with a smile]. "[You give us a warm fire|It is your stove], so you'
              ' get a bowl as well."',
              "")
    world.say("They [chopped and stirred|washed and cut], and the pot began to [bubble|steam]. But the soup tasted"
              " [thin|like water].",
              'Soon the lid rattled. {Third} tried a spoonful. "It is [thin|a bit dull]," {third.he} said. "Something'
              ' is missing."')
    world.say("{Hero} felt [small|bad]. They shared the little they had, and {hero.he} had hidden something. {Hero.he}"
              " [could not bear it|jumped up].",
              "The others were so kind that {hero} [could not keep silent|wanted to sink into the ground].")
    world.new_paragraph()
    world.say('"Wait!" cried {hero}. {Hero.he} [fetched|took] {the_mine} from {hero.his} hiding place {hide}. "I am'
              ' sorry that I did not tell you."',
              '{Hero} ran and came back with {the_mine}. "[I was afraid to be hungry|I kept it for myself]," {hero.he}'
              ' said. "Now it is for all of us."')
    world.say('In it went, and [what a smell|how good it smelled]! {Friend} took a spoonful and [closed|shut]'
              ' {friend.his} eyes. "[Perfect|Now it is right]!"',
              "They stirred it in, and suddenly the soup was [rich and tasty|the best in the world].")
    world.say("Each of them had two [full|big] bowls, and nobody went to bed hungry.",
              "There was so much that they filled [three bowls|every bowl] twice.", "", "")
    pause(world)
    world.say("All winter long, they cooked in one pot, and {hero} never hid anything again.",
              "When spring came, they planted beans together, because [the next soup|one soup] was not enough for such"
              " good friends.",
              '"It was not {the_mine}," {hero} said later, "that made [the soup|it] so good. It was [you, my'
              ' friends|the company]."')
    world.ask("three friends who cook a soup", "{hero.a} who hides {mine}", "{hero.a}, {friend.a} and {third.a}",
              "a hungry winter")
    world.fact("What did {hero.name} hide?", "{Hero.name} hid {mine}.")
    world.fact("Who brought {first}?", "{Friend.name} brought {first}.")
    world.fact("What did {third.name} have?", "{Third.name} had {second}.")


def one_blanket(world):
    object_of(world, "blanket", "scarf")
    grown_up(world, "librarian", "shopkeeper", "tailor", "shepherd", "old goose")
    world["camp"] = world.pick("a small tent", "a hut made of branches", "an old tree house", "a hay loft",
                               "a shelter of leaves")
    note(world, "other", world.pick("a bottle of hot tea", "a lamp with a warm light", "a bag of roasted nuts",
                                    "a bag of dry socks", "a mouth organ", "a book of riddles"))
    note(world, "camp", world["camp"])
    world.say("{Hero.full} and {friend.full} wanted to spend a night outside {place.in_a}. They slept in {camp}.",
              '"[Tonight|This time] we sleep outside!" {hero.full} and {friend.full} had decided. So they went'
              ' {place.to} and made their beds in {camp}.',
              "{Place.in_a} stood {camp}. One evening in [autumn|early spring], {hero.full} and {friend.full} moved in"
              " for a night.")
    world.say("{Hero} had brought {thing.a}, which {elder} had made for {hero.him}. {Friend} had brought {other}.",
              "{Friend} had packed {other}, and {hero} had {thing.a} that {elder} had knitted.")
    world.say("At first [stars twinkled|the crickets chirped], and everything was fine. Later the wind [turned|rose],"
              " and it grew bitterly cold.",
              "In the middle of the night, frost crept over the ground, and [the cold crawled in|their breath turned"
              " white].")
    world.new_paragraph()
    world.say("{Hero} [wrapped|rolled] {hero.himself} up in {thing} and was [snug|warm]. {Friend} had nothing to keep"
              " warm.",
              "{Hero} pulled {thing} up to {hero.his} chin, but {friend} [curled up into a ball|rubbed {friend.his}"
              " cold {friend.hands}].")
    world.say('"May I have a corner of it?" asked {friend}. "[It is too small for two|If I share it, I will freeze],"'
              ' said {hero}.',
              '"C-could we share?" {friend} asked, [shaking|with a trembling voice]. "[You should have brought your'
              ' own|No, it is mine]," {hero} [said|answered] and turned over.')
    world.say("Then it was quiet, except for a little sound: click, click, click. It was {friend}, whose teeth were"
              " chattering."
              if world["friend"].hand != "wing"
              else "Then it was quiet, except for a little sound: click, click, click. It was {friend}, whose beak was"
                   " chattering.",
              "But {hero} could not sleep. {Hero.he} heard {friend} [shiver|sniff] in the dark, and it [hurt|kept"
              " {hero.him} awake].",
              "")
    world.say('{Hero} thought of {elder}, who had said, "[What keeps two warm is twice as good|Warm things are made'
              ' for more than one]."',
              '"I am warm, but I am not happy," {hero} thought. "[How can I sleep while a friend is cold|What kind of'
              ' friend am I]?"')
    world.new_paragraph()
    world.say('"[Come here|Move over], {friend.call}," whispered {hero} and [spread|laid] {thing} over both of them.',
              "Without a word, {hero} crept over and covered {friend} with one half of {thing}.")
    world.say("And [look|what a surprise]: close together, they were warmer than {hero} had been alone!",
              "They lay back to back, and soon both were as warm as [two buns in an oven|toast].")
    world.say('"[Thank you|That is so good]," said {friend}. "And now I will share {the_other} with you!"',
              'Then {friend} took out {the_other}. "[This is for both of us|Half of it is yours]," {friend.he} said.')
    pause(world)
    world.say("So the coldest night of the year became the [coziest|best] one. They [talked and giggled|whispered]"
              " until they fell asleep.",
              "Outside, the wind [howled|whistled] around {the_camp}, but inside nobody cared.", "")
    pause(world)
    world.say('In the morning, {elder} found them under {thing}, still fast asleep and smiling. "[I must have made it'
              ' big enough|It is just the right size]," said {elder}.',
              '{Hero} told {elder} about it the next day. "Good," {elder} said. "Then I made it just the right size."')
    world.ask("{hero.a} and {thing.a}", "{hero.a} and {friend.a} on a cold night", "two friends in {camp}")
    world.fact("What did {friend.name} bring?", "{Friend.name} brought {other}.")
    world.fact("Where did the friends sleep?", "They slept in {camp}.")
    world.fact("Who made the {thing.bare} for {hero.name}?", "{Elder.name} made it.")


# Left out, and then let in.

TRIOS = [("three big goats", "goat"), ("the rabbit brothers", "rabbit"), ("four noisy ducks", "duck"),
         ("the squirrel twins", "squirrel"), ("five busy beavers", "beaver"), ("the children from the mill", "girl"),
         ("the fox cubs", "fox"), ("two tall zebras", "zebra"), ("the older children", "boy"),
         ("three proud roosters", "rooster"), ("the otter sisters", "otter")]


def left_out(world):
    course = world.pick(small_enough, one_kind_player, missing_sound, remembered)
    world["hero"] = hero = someone(world, trait="shy quiet gentle clever lively patient", **(
        dict(kinds=LITTLE, children=0.2) if course is small_enough else {}))
    world["friend"] = someone(world, other=hero, trait="cheerful funny kind playful lively")
    setting(world, PLAY_PLACES)
    note(world, "group", world.pick(*[group for group, kind in TRIOS if kind not in (hero.kind, world["friend"].kind)]))
    course(world)
    world.ask("{hero.a} who is left out and then let in", "{hero.a} and {friend.a}", "{hero.a} and {place.a}",
              "{hero.a} who wants to join a game", "how {friend.a} and {group} let {hero.a} join in")


def small_enough(world):
    note(world, "ball", world.pick("a leather ball", "a red ball", "a striped ball", "a rubber ball", "a wooden ring"))
    note(world, "gap", world.pick("a narrow pipe", "a thorny hedge", "a hole in the fence", "a crack between two rocks",
                                  "a hollow log"))
    world.say("{Hero.full} was the [smallest|tiniest] of all the neighbors.",
              "[Every afternoon|Each day after lunch], {hero.full} sat on a [stump|stone] and watched the others play.",
              "There was once {hero.full} who was [not very big|rather short], but who dearly wanted to play.",
              '"Me too! Me too!" That was what {hero.full} called each day, but nobody seemed to [hear|listen].')
    world.say("{Place.in_a}, {group} played with {ball}, and {friend.full} was the captain.",
              "{Friend.full} was the leader of a team {place.in_a}, together with {group}. They [threw|tossed] {ball}"
              " around and [laughed a lot|had great fun].")
    world.say('"May I join in?" asked {hero}. "[You are too small|No, you are too little]," said {friend}. "You would'
              ' only [get hurt|be in the way]."',
              '"[Can I play, too?|Let me try, just once!]" {hero} begged. {Friend} shook {friend.his} head. "[Come'
              ' back when you are bigger|This game is for big ones]."')
    world.say("{Hero} went [away|off] with a heavy heart and sat down {seat}.",
              "{Hero} tried to smile, but {hero.his} lip trembled.",
              "[Too small|Too little]! The words [buzzed|rang] in {hero.his} ears, and {hero.he} felt smaller than"
              " ever.")
    world.new_paragraph()
    world.say("Then {friend} threw {the_ball} too hard. It [bounced|flew] off and landed deep inside {gap}.",
              "All of a sudden there was a shout. {The_ball} had [slipped|rolled] into {gap} and was gone!")
    world.say("{The_group} tried to reach it. {Friend} tried too. Nobody was [thin|small] enough, and they only got"
              " scratches.",
              "{Friend} poked around with a stick. {The_group} pushed and pulled. [Nothing helped|It was no use].")
    world.say('"[Now the game is over|We will never get it back]," said {friend} and [sighed|hung {friend.his} head].',
              "It [grew quiet|became very still]. Nobody knew what to do, and some of them were close to tears.")
    world.say('{Hero} could have [laughed at them|walked away], but {hero.he} did not. "I am small," {hero.he} said.'
              ' "[I can fit in there|Let me try]."',
              '"Too small, you said?" asked {hero} [with a smile|quietly]. "[For this, I am just the right'
              ' size|Perhaps small is just what you need]."')
    world.say("{Hero.he} [wriggled|squeezed] inside. There was a scratching sound, then a bump, and out came {hero}"
              " with {the_ball} in {hero.his} {hero.hands}.",
              "In {hero.he} went, head first. [Everyone held their breath|They waited and waited]. Then {the_ball}"
              " popped out, and {hero} crawled after it, covered with dust.")
    world.new_paragraph()
    world.say('"Hooray!" [cheered|shouted] the whole team. {Friend} looked at {hero} and [blushed|felt ashamed]. "[I'
              ' was wrong about you|I should have let you play]," {friend.he} said. "I am sorry."',
              '"[You did it|You saved our game]!" said {friend}. "And I was so unkind. [Can you forgive me|Will you'
              ' play with us]?"')
    world.say('"[I just want to play|All I want is to join in]," said {hero}. "Yes, please!" they all [called|cried].',
              "{Hero} forgave {friend} at once, for [being cross is no fun|it is hard to be angry while everyone"
              " cheers].",
              "")
    pause(world)
    world.say("So {hero} joined the team. {Hero.he} was small, but {hero.he} could [duck under every arm|slip past"
              " everyone].",
              "From that day on, {hero} was picked first, and nobody ever again said that {hero.he} was too small.",
              "And do you know who scored the next point? It was {hero}!", "")
    world.ask("{hero.a} who is too small to play", "{hero.a} and {ball}")
    world.fact("Why was {hero.name} not allowed to play at first?", "{Hero.name} was too small.")
    world.fact("Where did {the_ball} get stuck?", "It got stuck in {gap}.")


def one_kind_player(world):
    world["game"], world["own"], world["call"] = world.pick(
        ("tag", "built a castle out of sand and twigs, with a moat", "Can we help to build?"),
        ("hide-and-seek", "floated leaf boats in a puddle and gave each a name", "May we have a boat too?"),
        ("leapfrog", "made a shop out of crates and sold stones for leaves", "What does your shop sell?"),
        ("catch", "put on a play about two pirates and a hungry whale", "Can we be in the play?"),
        ("jump rope", "drew a giant snake on the ground with chalk", "Can we color it in?"))
    world["reason"] = world.pick("{hero.he} was new and spoke with a funny accent", "{hero.he} wore a patched coat",
                                 "{hero.he} was slower than the others",
                                 "{hero.he} had odd shoes, one green and one yellow", "{hero.he} never said much")
    world["reason"] = world["reason"].format(hero=world["hero"])
    world.say("{Place.at}, {group} were playing {game}. {Hero.full} stood [by the fence|under a tree] and watched.",
              '"[Not you|Go away]!" The words made {hero.full} stop. {Group} were playing {game} {place.in_a}, and'
              ' they did not want anybody else.',
              "Every [day|afternoon], {group} met {place.in_a} to play {game}. {Hero.full} would have loved to join"
              " them.")
    world.say("Nobody asked {hero.him} to play, because {reason}.",
              "The others kept away from {hero.him} because {reason}.")
    world.say("{Hero} pretended not to care, but {hero.his} eyes were [wet|stinging].",
              "{Hero} sat down alone and [drew circles in the dirt|pulled at the grass], with a tear on {hero.his}"
              " cheek.",
              '"I wish that somebody would ask me, just once," {hero} whispered.', "")
    pause(world)
    world.say("One of the players was {friend.full}. {Friend.he} [saw|noticed] {hero}, and the game was no fun any"
              " more.",
              "In the middle of the game, {friend.full} looked over and stopped running.")
    world.new_paragraph()
    world.say('"Why are you stopping?" asked the others. "[Because somebody is sad|I need to do something]," said'
              ' {friend} and walked away from the game.',
              '"[I am tired of {game}|You can go on without me]," {friend} told the others and walked straight to'
              ' {hero}.')
    world.say('"May I sit with you?" {friend.he} asked. {Hero} looked up. "[With me|Do you mean me]?" "[Yes, with'
              ' you,|Who else?]" said {friend}.',
              '"Hello," said {friend}. "What would you like to play?" Nobody had ever asked {hero} that before.')
    world.say("They {own}. {Hero} turned out to have [the best ideas|a head full of ideas].",
              "Soon they were [laughing|giggling] and busy. They {own}.")
    world.say("{Hero} showed that {hero.he} could {hero.skill}, and {friend} [clapped|was amazed].", "")
    world.say('It looked like so much fun that {the_group} [forgot their game|came closer, one after the other].'
              ' "{call}" they asked.',
              'After a while, {the_group} stood around them and stared. "{call}" one of them asked [shyly|in a small'
              ' voice].')
    world.new_paragraph()
    world.say("Now it was {hero} who could say yes or no. {Hero.he} [remembered|knew] how much it hurt to be left out.",
              '{Hero} could have said, "Go away!" They had said it to {hero.him}, after all. But {hero.he} knew how'
              ' that felt.')
    world.say('"[Of course|Yes]," {hero} said. "[There is room for everybody|The more, the merrier]!"',
              '{Hero} moved over. "[Sit down|Come on], all of you," {hero.he} said.')
    world.say('"We were [mean|wrong]," said {the_group}. "[We are sorry|Please forgive us]."',
              "{The_group} felt ashamed and said that they were sorry.")
    pause(world)
    world.say("The next day they all played {game}, and {hero} was the first one whom they asked.",
              "As for {friend}, who had been the first to come over, {friend.he} became {hero.s} [dearest|closest]"
              " friend.",
              'On the way home, {hero} took {friend.s} {friend.hand}. "You left your game for me," {hero.he} said. "I'
              ' will never forget that."')
    world.ask("{hero.a} and a game of {game}", "{friend.a} who is kind to {hero.a}")
    world.fact("What were the others playing?", "They were playing {game}.")
    world.fact("Who left the game to be with {hero.name}?", "{Friend.name} left the game.")


def missing_sound(world):
    world["instruments"] = world.pick("a fiddle, a flute and a drum", "two horns and a banjo",
                                      "pots, spoons and a whistle", "a harp and a pair of bells")
    odd, world["sound"], world["use"] = world.pick(
        ("a deep, buzzing hum", "hum so low that the floor trembled", "the song needed a low note"),
        ("a squeaky laugh", "laugh in a squeaky way", "there was a joke in the middle of the song"),
        ("very loud feet", "stomp like thunder", "the drum had burst, and nobody kept the beat"),
        ("a strange, high whistle", "whistle higher than a lark", "the song was about a bird"))
    note(world, "odd", odd)
    world["odd"] = odd
    world["feast"] = world.pick("the harvest feast", "the spring fair", "the lantern night",
                                "the birthday of the mayor")
    world.say("{Friend.full} had a band, together with {group}. They played {instruments}.",
              "{Place.in_a} there was a band. {Friend.full} and {group} played {instruments}.",
              "[Tootle, toot|Boom, ding, dong]! That was the band of {friend.full} and {group}, who practiced"
              " {place.at}.")
    world.say("{Hero.full} [listened|stood there] every day and wished to play too.",
              "{Hero.full} wanted nothing more than to be in the band.")
    world.say("But {hero} had only {odd}. {Hero.he} could {sound}.", "{Hero} had no instrument at all, only {odd}.")
    world.say('"[What a noise|That is not music]!" said {friend} and covered {friend.his} ears. "[You cannot be in our'
              ' band|We do not need that]."',
              'When {hero} showed the band what {hero.he} could do, [somebody giggled|they laughed]. "[No, thank'
              ' you|That sounds awful]," said {friend}.')
    world.say('{Hero} [slunk|crept] away, red in the face. "I will never make a sound again," {hero}'
              ' [thought|whispered].',
              "That hurt. {Hero} went home and pulled the covers over {hero.his} head.",
              "{Hero.s} shoulders [drooped|sank], and {hero.he} walked away so that nobody could see {hero.him} cry.")
    world.new_paragraph()
    world.say("Then came {feast}. [Flags|Paper lights] hung {place.at}, and the band [was ready|tuned up].",
              "A week later, everybody gathered {place.at} for {feast}, and the band was to play.")
    world.say("But something was missing, because {use}. The band [started again and again|stopped after three notes].",
              "They began to play, but it did not sound right, for {use}.")
    world.say('"[This is terrible|We cannot go on]," [groaned|muttered] {friend}. The people began to whisper.',
              "{Friend} turned [pale|white]. The people in the first row [yawned|frowned].", "")
    world.say('Suddenly {friend} [remembered|thought of] {the_odd}. "{Hero.call}!" {friend.he} called. "Are you here?'
              ' [We need you|Please come up to us]!"',
              'At the back, {hero} knew at once what was missing and let the people hear it, just for a moment. All'
              ' the heads turned. "[Come up here|That is it]!" cried {friend}.')
    world.new_paragraph()
    world.say("{Hero.s} heart [pounded|raced], but {hero.he} climbed on the stage. And then {hero.he} did it:"
              " {hero.he} [began to|started to] {sound}.",
              "{Hero} [took a deep breath|closed {hero.his} eyes] and began to {sound}. It was exactly what the song"
              " had needed!")
    world.say("The crowd [clapped|cheered] so loudly that [a dog hid under a table|the flags shook].",
              'People [danced|jumped] and called, "[Again|More, more]!"')
    world.say('"I laughed at you," said {friend} afterwards. "[That was wrong|I am sorry]. Will you [stay in our'
              ' band|be one of us]?"',
              '"We were [foolish|silly] not to listen," {friend} said. "[Please join us|The band is not complete'
              ' without you]."')
    world.say("So the band had one more member, and on the [poster|drum] they wrote {hero.his} name in [gold|red]"
              " letters."
              if world["hero"].own_name
              else "So the band had one more member, and the posters showed all of them together.",
              '"I thought that my sound was wrong," {hero} said. "[It was only waiting for the right song|It just'
              ' needed the right place]."',
              "{Hero} said yes, and nobody ever laughed at {the_odd} again.")
    world.ask("{hero.a} with {odd}", "{friend.a} who has a band", "a band that needs {hero.a}")
    world.fact("What did the band play?", "They played {instruments}.")
    world.fact("For which day did the band gather?", "They gathered for {feast}.")


def remembered(world):
    """Here the hero belongs to the group, and remembers how it feels outside."""
    note(world, "club", world.pick("a tree house", "a raft", "a den of branches", "a fort made of hay", "a blue tent"))
    world["password"] = world.pick("pickle", "thunder", "bumblebee", "marmalade", "banana", "moonshine")
    world["gift"] = world.pick("a flag with a star on it", "a string of paper lights", "a tin of ginger cookies",
                               "a door bell with a cord", "a rug of many colors")
    world["once"] = world.pick("{hero.he} had been new, and no one had sat beside {hero.him}",
                               "the others had run off and left {hero.him} behind",
                               "{hero.he} had watched a party through a window")
    world["once"] = world["once"].format(hero=world["hero"])
    note(world, "gift", world["gift"])
    world.say("{Hero.full} and {group} had {club} {place.in_a}.",
              "{Place.in_a} stood {club}. It belonged to {hero.full} and {group}.",
              '"Say the password!" Whoever wanted to enter {club} {place.at} had to know it. Only {hero.full} and'
              ' {group} did.')
    world.say('It was a [secret|private] club, and the password was "{password}".',
              'The password was "{password}", and [nobody else knew it|they had sworn to keep it secret].')
    world.say('One [day|morning], {friend.full} came by. "[May I come in|Can I be in the club too]?" asked'
              ' {friend.the}.',
              'Then {friend.full} moved to the neighborhood. "That looks like fun," said {friend.the}. "[Can I come'
              ' in|Is there room for me]?"')
    world.say('"[No|Sorry]," called {the_group}. "[The club is full|You do not know the password]!" And they'
              ' [laughed|shut the door].',
              '{The_group} whispered. "We do not want anyone new," they said, and {hero} said nothing, which was just'
              ' as bad.')
    world.say("{Friend} nodded and walked away, [step by step|very slowly].",
              '{Friend} tried to smile. "Never mind," {friend.he} said, but {friend.his} voice was thin.', "")
    world.new_paragraph()
    world.say("{Hero} looked through a crack and saw {friend} sitting alone {seat}.",
              "All afternoon {hero} could not enjoy the games. {Hero.he} kept thinking of {friend}, who sat alone"
              " {seat}.")
    world.say("Something [pricked|pinched] {hero.his} heart. Once, long before, {once}. {Hero} still knew how cold"
              " that had felt.",
              "{Hero} remembered a bad day: {once}. How {hero.he} had wished for just one friendly word!")
    world.say('"We have to let {friend} in," said {hero}. "But it is our club!" said {the_group}. "[What good is a'
              ' club that makes others cry|Have you never been alone]?" asked {hero}.',
              '{Hero} stood up. "[This is not right|I do not like this]," {hero.he} said. "If {friend} has to stay'
              ' outside, then I will stay outside too."')
    world.say("The others looked at each other. [At last|Slowly], they nodded.",
              'It was silent for a moment. Then one of them said, "[You are right|We were unfair]."')
    world.new_paragraph()
    world.say('{Hero} [ran|hurried] outside and bent down to {friend.s} ear. "The password is {password}," {hero.he}'
              ' whispered.',
              '"I have to tell you a secret," {hero} said to {friend}. "It is only one word: {password}."')
    world.say('{Friend.s} face lit up like a [lamp|candle]. "Wait a minute!" {friend.he} cried, ran home and came back'
              ' with {gift}.',
              '{Friend} [jumped up|gasped]. "For me? [Then I have something for you|Then wait here]!" {friend.he}'
              ' said, and soon {friend.he} came back with {gift}.')
    world.say("It was just what {the_club} had [needed|been missing].",
              "Everyone [gasped|cheered], and {the_gift} was given the best place in {the_club}."
              if "cookies" not in world["gift"]
              else "Everyone cheered, and soon the tin was empty.",
              "")
    world.say('"And we almost [missed all this|sent you away]!" said {the_group}. "We are sorry."',
              "{The_group} said sorry, and {friend} forgave them gladly.", "")
    pause(world)
    world.say("After that they changed the rules. There was only one now: [everybody may come in|nobody is left"
              " outside].",
              "They still used the old password, but they told it to everyone who asked.",
              'When someone new came along, {friend} was always the first to whisper, "{Password}!"')
    world.ask("{hero.a} and {club}", "{hero.a} who lets {friend.a} join a club", "a secret club")
    world.fact("What was the password?", 'The password was "{password}".')
    world.fact("What did {friend.name} bring for the club?", "{Friend.name} brought {gift}.")


# A surprise birthday party.

DECORATIONS = ["paper stars", "yellow balloons", "strings of daisies", "red and white flags",
               "lanterns made of pumpkins", "chains of colored paper", "blue ribbons"]
CAKES = ["a carrot cake with white cream", "a cherry cake with a sugar bird on top", "a tall honey cake",
         "a chocolate cake with seven candles", "a lemon cake with stars", "a plum cake as round as the moon",
         "a nut cake with whipped cream"]


def surprise_party(world):
    hero, friend = cast(world, trait="cheerful funny curious kind playful gentle")
    setting(world, OUTDOORS)
    grown_up(world, "baker", "gardener", "shopkeeper", "beekeeper", "carpenter", "teacher", "miller", "old goose")
    note(world, "cake", world.pick(*CAKES))
    world["decoration"] = world.pick(*DECORATIONS)
    world.pick(forgotten_birthday, nearly_discovered, cake_disaster, wrong_day)(world)
    world.ask("a surprise party", "{hero.a} and {friend.a}", "{hero.a} and {place.a}",
              "a birthday party for {birthday}", "a party with {cake}")


def forgotten_birthday(world):
    world["birthday"] = world["hero"].a
    clues = [("flour on {friend.his} nose", "the flour", "from baking {the_cake}"),
             ("a bit of ribbon in {friend.his} hair", "the ribbon", "from wrapping the presents"),
             ("paint on {friend.his} {friend.hands}", "the paint", "from painting the big sign"),
             ("glue on {friend.his} elbow", "the glue", "from hanging up {decoration}")]
    clue, the_clue, explained = world.pick(*clues)
    world["clue"], world["the_clue"] = clue, the_clue
    world["explained"] = explained
    world["excuse"] = world.pick("a toothache", "a sick aunt", "a leaking roof", "a broken chimney", "a lost key")
    note(world, "excuse", world["excuse"])
    world.say("{Hero.full} woke up early and [smiled|grinned]. It was {hero.his} birthday!",
              '"[Today is my birthday|It is my day today]!" sang {hero.full} and jumped out of bed.',
              "On the morning of {hero.his} birthday, {hero.full} [ran to the window|could not lie still]. The sun"
              " shone on {place}.",
              "{Place.in_a} lived {hero.full}, who had been counting the days. Now it was here: {hero.his} birthday!")
    world.say("{Hero} looked for a card at the door, but there was [none|only a wet leaf].",
              "{Hero} listened for a song. But [it was quiet|there was only the tick of the clock].",
              "{Hero} waited for a knock, but nobody came.", "")
    world.say("So {hero.he} went to {friend.full}, {hero.his} best friend. {Friend} had {clue} and seemed to be in a"
              " [great|terrible] hurry.",
              "On the path {hero.he} met {hero.his} best friend, {friend.full}. There was {clue}.")
    world.say('"Do you know what day it is?" asked {hero}. "[Tuesday, I think|A windy day]," said {friend}. "I have no'
              ' time. I have {excuse}!"',
              '"[Good morning|Hello]! Is there something special today?" asked {hero}. "[Nothing at all|Not today],"'
              ' said {friend}. "I must go, because I have {excuse}."')
    world.say("Even {elder} only [waved|nodded] and quickly hid something behind {elder.his} back.",
              '{Hero} tried {elder}. But {elder} just said, "[Busy, busy|Another time]," and closed the door.', "")
    world.new_paragraph()
    world.say('{Hero} sat down {seat}. "They have all forgotten me," {hero.he} thought, and a tear [ran|rolled] down'
              ' {hero.his} cheek.',
              "{Hero.s} [smile was gone|heart grew heavy]. What is a birthday worth when nobody remembers it?",
              "{Hero} wandered about {place.at} and [kicked a pebble|counted {hero.his} steps]. It was the longest day"
              " of {hero.his} life.")
    world.say('"Happy birthday to me," {hero.he} [sang|whispered] in a very small voice.',
              "When the sun [sank|went down], {hero.he} turned toward home with [slow steps|{hero.his} head low].", "")
    world.say("At home it was dark. That was odd, because {hero.he} had [left the lamp on|not closed the curtains]."
              " {Hero} opened the door, and something [rustled|giggled].",
              "{Hero} reached {hero.his} door and [stopped|frowned]. Was there a whisper inside? {Hero.he} pushed the"
              " door open.")
    world.new_paragraph()
    world.say('"Surprise!" [shouted|called] a dozen voices. The lights went on. There were {decoration} everywhere,'
              ' and on the table stood {cake}.',
              '"Surprise! Surprise!" Everybody jumped up from behind the chairs. {Decoration} hung from the ceiling,'
              ' and {elder} carried in {cake}.')
    world.say('"I thought that you had forgotten!" said {hero}. "[Never!|How could we?]" laughed {friend}. "We have'
              ' been busy since dawn."',
              "{Hero} did not know whether to laugh or to cry, so {hero.he} did both.", "", "")
    pause(world)
    world.say("Now {hero} understood {the_clue}. It was {explained}.",
              '"So {the_clue} was {explained}!" said {hero}, and everything made sense.')
    world.say('"And {the_excuse}?" {hero} asked. {Friend} grinned. "[I made that up|There was none]," {friend.he}'
              ' said. "Please forgive me!"',
              "And of course, {friend} had never had {excuse} at all.", "")
    pause(world)
    world.say("{Hero} [blew out the candles|closed {hero.his} eyes] and made a wish. But what more could {hero.he}"
              " wish for?",
              "They [danced|sang] until the stars came out, and {hero} was given the very first slice.",
              "It was the best birthday {hero} had ever had, because it had begun so badly and ended so well.", "")
    world.ask("{hero.a} who thinks that everyone forgot a birthday")
    world.fact("What kind of cake was at the party?", "It was {cake}.")
    world.fact("What excuse did {friend.name} use?", "{Friend.name} said that it was {excuse}.")
    world.fact("Why was {hero.name} sad?", "{Hero.name} thought that everyone had forgotten the birthday.")


def nearly_discovered(world):
    world["birthday"] = world["friend"].a
    world["spy"] = world.pick("came around the corner", "knocked at the door", "looked over the fence",
                              "walked in to borrow some sugar")
    bulge, lie = world.pick(("a box full of {decoration}", "an old coat"), ("{the_cake}", "a hat box"),
                            ("a big parcel", "a bag of rags"), ("twelve party hats", "a stack of cups"))
    world["bulge"], world["lie"] = bulge, lie
    note(world, "present", world.pick("a pair of green boots", "a silver bell", "a warm yellow cap",
                                      "a little painted boat", "a box of chalk", "a fishing rod", "a wooden whistle"))
    world.say("{Hero.full} had a secret. The next day was the birthday of {friend.full}, and there would be a surprise"
              " party {place.in_a}.",
              '"Psst! [Not a word|Keep it secret]!" whispered {hero.full}. {Friend.full} was going to have a birthday,'
              ' and everyone was to meet {place.in_a}.',
              "{Place.in_a} lived {hero.full} and {friend.full}. {Friend} was going to have a birthday soon, and"
              " {hero} wanted it to be [special|a surprise].")
    world.say("{Hero} had never been good at secrets. {Hero.he} [hummed|giggled] all the time and {hero.his} ears"
              " turned pink.",
              "It is hard to keep a secret from your best friend, and {hero} [nearly burst|bit {hero.his} lip all"
              " day].",
              "")
    world.say("{Elder} had promised {cake}, and {hero} made {decoration}.",
              "{Hero} got {decoration} ready, while {elder} made {cake}.")
    world.new_paragraph()
    world.say("{Hero} was just carrying {bulge} across the yard when {friend} {spy}."
              if "door" not in world["spy"]
              else "{Hero} was just packing {bulge} when {friend} {spy}.",
              "Oh no! {Hero} had {bulge} in both {hero.hands}, and at that moment {friend} {spy}.")
    world.say('{Hero} [threw|pulled] a blanket over everything. "What have you got there?" asked {friend}. "Oh, just'
              ' {lie}," said {hero}, [much too fast|with a squeak].',
              '"What is that?" asked {friend}. {Hero} [hid|pushed] it behind {hero.his} back. "[Nothing much|Oh,'
              ' this]," {hero.he} said. "It is {lie}."')
    world.say('{Friend} [frowned|looked puzzled]. "You are hiding something from me," {friend.he} said. "[Are we not'
              ' friends any more|Do you not like me]?"',
              "{Friend} waited, but {hero} only [stared at the ground|whistled a tune]. So {friend} went away, and"
              " {friend.his} feelings were hurt.")
    world.say('That made {hero} [sad|sorry], because {hero.he} could not explain it yet. "[Only one more day|Just wait'
              ' until tomorrow]," {hero.he} thought.',
              "{Hero} almost told everything. But then {hero.he} thought of the party and kept {hero.his} mouth shut.",
              "")
    world.new_paragraph()
    world.say("The next day, {hero} [asked|invited] {friend} for a walk {place.to}."
              if world["place"].kind not in ("farm", "village", "garden")
              else "The next day, {hero} asked {friend} to go for a little walk.",
              'The next afternoon, {hero} tied a scarf around {friend.s} eyes. "[Trust me|No peeking]," {hero.he} said'
              ' and led {friend} {place.to}.')
    world.say('[Step by step|Slowly] they came closer. Then {hero} counted to three, and everyone shouted, "[Happy'
              ' birthday|Surprise]!"',
              '{Friend} heard whispers and the clink of cups. And then: "Surprise!" [Trumpets blew|Spoons banged on'
              ' pots] and everyone cheered.')
    world.say("{Friend} saw {decoration}, {the_cake} and all the [smiling faces|friends], and {friend.his} mouth fell"
              " open.",
              "There hung {decoration}. There stood {the_cake}. And there was {elder}, clapping [louder than"
              " anyone|with joy].")
    world.say('"So that is what you were hiding!" {friend} [laughed|cried]. "And I thought that you did not like me'
              ' any more."',
              '"So it was not {lie} at all!" said {friend}. "You are the worst liar and the best friend in the world."',
              "")
    pause(world)
    world.say('"I hide things from you only [once a year|on your birthday]," said {hero} and gave {friend} {present}.',
              '{Hero} gave {friend} {present}, wrapped in [blue|striped] paper. "[It was hard to wait|Now I have no'
              ' more secrets]," {hero.he} said.')
    world.say("They ate {the_cake} down to the last crumb.", "{Friend} would not let go of {the_present} all evening.",
              "And {hero} slept very well that night, for a heavy secret had [flown away|been lifted].", "")
    world.ask("{hero.a} who plans a surprise for {friend.a}", "{hero.a} who has to keep a secret")
    world.fact("What did {hero.name} give to {friend.name}?", "{Hero.name} gave {friend.name} {present}.")
    world.fact("What did {hero.name} say that the hidden thing was?", "{Hero.name} said that it was {lie}.")
    world.fact("Who made the cake?", "{Elder.name} made it.")


def cake_disaster(world):
    world["birthday"] = world["friend"].a
    world["accident"], world["culprit"], world["told"] = world.pick(
        ("a hungry goose had eaten the middle of it", "a goose", "a hungry goose ate the middle of it"),
        ("it had slid off the cart into the mud", "mud", "it slid off the cart into the mud"),
        ("it had burned as black as coal", "fire", "it burned as black as coal"),
        ("a crowd of ants was carrying it away", "ants", "a crowd of ants carried it away"),
        ("it had rained through the roof, and only a puddle of cream was left", "rain",
         "the rain came through the roof and spoiled it"))
    world["idea"], world["built"] = world.pick(
        ("a tower of pancakes with jam", "tower"), ("a mountain of strawberries and cream", "mountain"),
        ("a castle of cookies", "castle"), ("a ring of apples with a candle in each", "ring"),
        ("a bread ship with a cheese sail", "ship"), ("a pile of jam sandwiches as high as a hat", "pile"))
    world["hours"] = world.pick("one hour", "half an hour", "two hours")
    if world.chance(0.3):
        world.say("It was a [big|special] day {place.in_a}: {friend.full} had a birthday and did not know about the"
                  " party.")
        world.say("{Hero.full} had planned it all.", "It had been the idea of {hero.full}, {friend.his} best friend.")
    else:
        world.say("{Hero.full} wanted to surprise {hero.his} friend, {friend.full}, with a party {place.in_a}.",
                  '"Everything must be perfect," said {hero.full}. {Hero.he} was planning a surprise party'
                  ' {place.in_a} for {hero.his} friend, {friend.full}.',
                  "{Place.in_a}, {hero.full} had been awake since sunrise. It was the birthday of {friend.full}, and"
                  " there was going to be a secret party.")
    world.say("{Elder} had baked {cake}, and {hero} had hung up {decoration}.",
              "There were {decoration} between the trees, and {elder} had made {cake}.")
    pause(world)
    world.say("But when {hero} went to fetch {the_cake}, {hero.he} [screamed|went pale]: {accident}!",
              "Then came the bad news. {Hero} lifted the cloth from the plate and saw it: {accident}!"
              if world["culprit"] in ("a goose", "ants", "fire")
              else "Then came the bad news. {Elder} ran up with an empty plate. The cake was ruined, for {accident}!")
    world.say('"The party begins in {hours}!" [cried|wailed] {hero}. "[A birthday needs a cake!|What shall we do'
              ' now?]"',
              "There was no time to bake another one, because {friend} would be there in {hours}.", "")
    world.new_paragraph()
    world.say('{Elder} patted {hero.s} back. "[A cake is only a cake|Do not cry]," said {elder}. "What do we have in'
              ' our baskets?"',
              'For a while nobody spoke. Then {elder} said, "Let us [look around|see what we have]. Who has something'
              ' good to eat?"')
    world.say("Everyone [emptied bags and pockets|ran home and came back]. One had a jar, one had a bowl, one had just"
              " a spoon.",
              "The guests [turned out their pockets|opened their bags], and little by little the table filled.")
    world.say('"I know!" said {hero}. "[Let us make|We can build] {idea}!"',
              '{Hero} looked at it all, and {hero.his} eyes began to shine. "We will make {idea}," {hero.he} said.')
    world.say("They [stacked|worked] and laughed, and in the end it stood there, a bit crooked, but [wonderful|grand].",
              "It wobbled a little, and it leaned to the left, but it looked [splendid|delicious].", "")
    world.say('"Quick! {Friend} is coming!" somebody hissed. They all hid behind [the bushes|the tables] and held'
              ' their breath.',
              "No sooner was it done than they heard steps. {Friend} was [coming|on the way]! Everybody ducked.")
    world.new_paragraph()
    world.say('"Surprise!" they [roared|yelled]. {Friend} jumped [into the air|with fright], and then [began to'
              ' beam|laughed out loud].',
              '{Friend} came around the bend and [blinked|stopped]. "Happy birthday!" they all shouted.')
    world.say('"Oh, what is that?" {friend} asked and pointed at the {built}. {Hero} turned red. "There was a cake,"'
              ' {hero.he} said, "but {told}."',
              '{Hero} [swallowed|stepped forward]. "I am sorry," {hero.he} said. "We had {cake}, but {told}."')
    world.say('"[I do not care|I do not mind]!" said {friend}. "I have never seen {idea} before. [You all made it for'
              ' me|It is much better]!"',
              '{Friend} hugged {hero}. "Anyone can have a cake," {friend.he} said. "But nobody ever built {idea} for'
              ' me!"')
    pause(world)
    world.say("They ate until they could [hardly move|eat no more]. [Not a crumb was left|Nobody missed the cake].",
              "After that, they made {idea} every year, and no one ever asked for a cake again.",
              '"The best things," said {elder}, "[happen when plans go wrong|are the ones that nobody planned]."', "")
    world.ask("a birthday cake that is ruined", "{hero.a} who plans a party for {friend.a}", "{idea}")
    world.fact("What happened to the cake?", "{Told}.")
    world.fact("What did the friends make instead of a cake?", "They made {idea}.")
    world.fact("Who baked the cake?", "{Elder.name} baked it.")


def wrong_day(world):
    world["birthday"] = world["friend"].a
    world["mistake"] = world.pick("two pages of the calendar had stuck together",
                                  "the calendar was from the year before", "a snail had eaten a hole in the calendar",
                                  "someone had crossed out one day too many")
    note(world, "present", world.pick("a red kite", "a warm quilt", "a tiny harp", "a pair of skates",
                                      "a straw hat with a feather", "a bag of marbles"))
    world["chore"] = world.pick("scrubbing the floor", "beating a dusty rug", "washing socks", "painting the fence",
                                "picking beans")
    world.say('{Hero.full} [looked at the calendar|counted the days] and gasped. "It is the birthday of'
              ' {friend.name}!"'
              if world["friend"].own_name
              else "{Hero.full} looked at the calendar and gasped. Today was the birthday of a friend, {friend.a}!",
              "{Place.in_a} lived {hero.full} and {friend.full}, two good friends. One morning, {hero} saw a red"
              " circle on the calendar. It was {friend.s} birthday!")
    world.say('{Hero.he} [ran|dashed] to {elder}. "We have to [hurry|be quick]!" {hero.he} panted. "Today there must'
              ' be a surprise party!"',
              'There was no time to lose. "[Please help me|I need a cake by noon]!" {hero} begged {elder}.')
    pause(world)
    world.say("{Elder} baked {cake}, and {hero} put up {decoration} {place.at}.",
              "By noon, there were {decoration} {place.at}, and {elder} had made {cake}.")
    world.say("{Hero} had also wrapped {present} in [silver|spotted] paper.",
              "And under a cloth {hero} kept {present} as a gift.")
    world.new_paragraph()
    world.say('Then they all crept to the house where {friend} was {chore}. "Surprise!" they [shouted|cried].',
              '{Friend} was busy {chore} when a crowd came up the path. "Happy birthday!" everyone [sang|called].')
    world.say('{Friend} [stared|blinked]. "Thank you," {friend.he} said, "but my birthday is [tomorrow|not until'
              ' tomorrow]!"',
              '{Friend} [dropped everything|turned around]. "My birthday?" {friend.he} said. "But that is tomorrow!"')
    world.say("It was very quiet. {Hero} turned as red as a [beet|cherry]. It was true, for {mistake}.",
              "Everyone looked at {hero}, who wished to sink into the ground. What had gone wrong? It was simple:"
              " {mistake}.",
              "")
    world.say('"Now I have [spoiled it|ruined the surprise]," {hero} [sobbed|whispered]. "[I wanted to make you'
              ' happy|I am such a fool]."',
              '{Hero} covered {hero.his} face. "I am sorry," {hero.he} said. "[It was meant to be perfect|Now it is'
              ' not a surprise any more]."')
    world.new_paragraph()
    world.say('{Friend} put {friend.his} {friend.hand} on {hero.s} shoulder. "I was {chore} and feeling [dull|glum],"'
              ' {friend.he} said. "And then you came. [This is a real surprise|Nobody expects a party a day too'
              ' early]!"',
              'But {friend} began to laugh. "[This is the best surprise|A party one day early]!" {friend.he} said.'
              ' "[On a birthday one expects a party. Today I did not|Now I do not have to wait so long]."')
    world.say("So they [lit the candles|cut {the_cake}] and [danced|sang] until evening.",
              "They ate {the_cake}, and [even {elder} danced|the music played until dusk].", "")
    pause(world)
    world.say('{Hero} wanted to give {friend} {the_present}, but {friend} [shook {friend.his} head|said no]. "[Keep it'
              ' until tomorrow|Not yet]," {friend.he} said. "I want one gift on my real birthday."',
              '{Friend} unwrapped {the_present} and [beamed|cheered]. "[Just what I wanted|How lovely]!" {friend.he}'
              ' said.')
    if "my real birthday" in world.paragraphs[-1][-1]:
        world.say("The next morning there was a [soft|gentle] knock. Outside stood {hero} with {the_present}, and this"
                  " time it was the right day.",
                  "And the next day, when the real birthday came, {hero} was the first at the door, with"
                  " {the_present}.")
    else:
        world.say("The next day, on the real birthday, they met again and finished the [crumbs|rest of the cake].",
                  "And what happened on the real birthday? They had breakfast together, just the two of them.")
    world.say("{Hero} bought a new calendar that very week.", "So {friend} had two birthdays that year.",
              '"Let us always celebrate a day too early," said {friend}, and so they did.', "")
    world.ask("a party on the wrong day", "{hero.a} who makes a mistake about a birthday")
    world.fact("When was {friend.name}'s real birthday?", "It was one day after the party.")
    world.fact("What was {friend.name} doing before the party?", "{Friend.name} was {chore}.")
    world.fact("What was {hero.name}'s present?", "It was {present}.")


# Helping a friend who is hurt or ill.

SICKNESSES = [
    ("a bad cold", "{friend.his} nose was as red as a cherry", "sneezed three times"),
    ("a fever", "{friend.his} forehead was as hot as a stove", "shivered under two blankets"),
    ("a sore throat", "{friend.his} voice was no more than a croak", "whispered in a hoarse voice"),
    ("a cough", "every breath ended in a rough bark", "coughed into a cushion"),
    ("the spotted flu", "there were pink spots all over {friend.his} belly", "scratched and sighed"),
    ("a stomach ache", "{friend.his} belly made sounds like a rusty gate", "groaned into a pillow"),
]


def ill_friend(world):
    world["hero"] = hero = someone(world, kinds=WARM, trait="kind gentle helpful thoughtful lively playful")
    world["friend"] = someone(world, other=hero, kinds=WARM, trait="cheerful funny kind playful lively")
    setting(world, OUTDOORS)
    world.pick(feast_at_the_window, carried_home, through_the_night, taking_turns)(world)
    world.ask("{hero.a} and {friend.a}", "{hero.a} who helps {friend.a}", "{hero.a} who is a good friend",
              "{hero.a} and {place.a}")


def fall_ill(world):
    world["illness"], looks, world["moans"] = world.pick(*SICKNESSES)
    world["looks"] = looks.format(friend=world["friend"])


def feast_at_the_window(world):
    fall_ill(world)
    event, wish, world["bring"] = world.pick(
        ("the kite festival", "to see the big dragon kite", "flew the big dragon kite in front of the window"),
        ("the summer circus", "to see the clown with the squeaky shoes",
         "brought the clown with the squeaky shoes to the window"),
        ("the lantern parade", "to carry a lantern shaped like a fish", "led the whole parade past the window"),
        ("the harvest dance", "to hear the three fiddlers", "brought the three fiddlers into the yard"),
        ("the puppet show", "to see the puppet with the blue beard",
         "held the puppet with the blue beard up to the window"))
    note(world, "event", event)
    world["wish"] = wish
    world["snack"] = world.pick("a bag of roasted almonds", "a stick of candy", "a gingerbread heart", "a baked apple",
                                "a paper bag of popcorn")
    note(world, "snack", world["snack"])
    if world.chance(0.4):
        world.say("{Friend.full} had been looking forward to {event} for weeks. Most of all, {friend.he} wanted"
                  " {wish}.",
                  "{Friend.full} had drawn a circle around the date in the calendar, because it was the day of"
                  " {event}. Oh, how {friend} wanted {wish}!")
        world.say("{Friend.s} best friend was {hero.full}, and they both lived {place.in_a}.",
                  "{Friend} was going to go with {hero.full}, {friend.his} best friend {place.at}.")
    else:
        world.say('"[Only one more day|Tomorrow is the day]!" said {friend.full} to {hero.full}. It would soon be time'
                  ' for {event}, and {friend} wanted {wish}.',
                  "Once a year there was {event} {place.in_a}. {Hero.full} and {friend.full} always went together, and"
                  " {friend} could not wait {wish}.",
                  "{Place.in_a}, {hero.full} and {friend.full} had saved their pennies for {event}. Above all,"
                  " {friend} wanted {wish}.")
    world.say("But when the morning came, {friend} had {illness}, and {looks}.",
              "Then bad luck came along. On that very day, {friend} woke up with {illness}, and {looks}.")
    world.say('"[You go without me|Have fun for both of us]," {friend} said and {moans}.',
              '{Friend} lay in bed and {moans}. "[I will miss it all|Now I have to stay here]," {friend.he} said.')
    world.say("{Hero} went alone, but {hero.he} could not [enjoy it|laugh]. Every time something nice happened,"
              " {hero.he} turned to the empty place beside {hero.him}.",
              "{Hero} stood in the crowd and [clapped|smiled] a little. But it felt wrong to have fun while {friend}"
              " was in bed.")
    world.new_paragraph()
    world.say('Then {hero.he} had an idea. "If {friend} cannot come to {the_event}," {hero.he} thought, "{the_event}'
              ' must come to {friend}!"',
              '"What can I do?" {hero.he} wondered. And then {hero.he} knew it. If {friend} could not come here,'
              ' something had to go to {friend}!')
    world.say("{Hero} [ran|pushed] through the crowd, talked to this one and that one, and [pointed|waved] toward"
              " {friend.s} house.",
              '{Hero.he} climbed on a barrel. "My friend is ill," {hero.he} called. "[Who will help me?|Please come'
              ' with me!]"',
              "")
    world.say("At first people [shrugged|shook their heads]. But {hero} told them about {friend.name}, who had"
              " {illness}, and one after another they [nodded|smiled].",
              "They all liked {friend}, so they did not need to be asked twice.", "", "")
    world.new_paragraph()
    world.say("{Friend} was [dozing|staring at the wall] when there was a tap on the glass. {Hero} had come back, and"
              " {hero.he} {bring}!",
              "Before sunset, {friend} heard [music|voices] outside and sat up. And what did {friend.he} see? {Hero}"
              " {bring}!")
    world.say('"[Is this really for me|Did you do this for me]?" asked {friend}. "[Yes, just for you|Of course]," said'
              ' {hero} and handed {friend.him} {snack}.',
              "{Friend} forgot to be ill. {Friend.he} laughed and clapped, and {hero} gave {friend.him} {snack}"
              " through the window.")
    world.say('"You missed the best part because of me," said {friend}. "No," said {hero}. "[This is the best part|It'
              ' was only half as nice without you]."',
              '"I only wanted {wish}," {friend} said. "But now I have seen something better: [what a good friend you'
              ' are|how much you like me]."',
              "", "")
    pause(world)
    world.say("Two days later {friend} was well again, and [the doctor wondered why|nobody was surprised].",
              "Laughing must be good medicine, for the next morning {friend} felt [much better|almost well].",
              "The next year they went together, and they [saved some|bought extra] candy for everyone who was ill in"
              " bed.")
    world.ask("{friend.a} who is ill on the day of {event}", "{event} at the window")
    world.fact("What was wrong with {friend.name}?", "{Friend.name} had {illness}.")
    world.fact("What did {friend.name} want most of all?", "{Friend.name} wanted {wish}.")
    world.fact("What did {hero.name} give to {friend.name}?", "{Hero.name} gave {friend.name} {snack}.")


def carried_home(world):
    grown_up(world, "doctor", "nurse", "old turtle", "old goose", "shepherd", "beekeeper")
    world["limb"] = world.pick(*{"hand": ("ankle", "knee"), "wing": ("foot", "wing"), "paw": ("paw", "leg")}.get(
        world["friend"].hand, ("leg", "knee")))
    world["fall"] = world.pick("stepped into a rabbit hole", "slipped on a wet stone", "tripped over a root",
                               "fell from a low branch", "slid down a steep bank")
    note(world, "goal", world.pick("the waterfall", "the blackberry bushes", "the old windmill", "the echo rock",
                                   "the nest of the storks"))
    note(world, "carrier", world.pick("a wheelbarrow", "a sled made of branches", "a raft of reeds",
                                      "a big sheet of bark", "a little cart"))
    world["bandage"] = world.pick("a yellow scarf", "a green ribbon", "a checkered kerchief", "a red sash",
                                  "a striped shawl")
    note(world, "bandage", world["bandage"])
    world.say("{Hero.full} and {friend.full} were on the way to {goal}, singing [loudly|as they went].",
              "One [fine|clear] morning, {hero.full} and {friend.full} set out from {place.a} to see {goal}.",
              "{Place.in_a} lived {hero.full} and {friend.full}. They liked to explore, and one day they wanted to"
              " find {goal}.")
    world.say("{Hero} wore {bandage}, and {friend} carried a bag of {hero.food}."
              if world["hero"].food.split()[-1] not in IN_POTS
              else "{Hero} wore {bandage}, and {friend} carried the lunch.",
              "{Hero} had put on {bandage} that morning, {hero.his} favorite thing to wear.")
    world.say('"Race you to the top!" called {friend}. But then {friend.he} {fall}. "[Ouch|Ow]!"',
              "{Friend} was skipping ahead, and so {friend.he} did not look where {friend.he} was going. Suddenly"
              " {friend.he} {fall}.")
    world.say("{Friend.s} {limb} [hurt|throbbed] so badly that {friend.he} could not [stand|take a step].",
              "{Friend} tried to get up, but {friend.his} {limb} [gave way|was already swollen].")
    world.new_paragraph()
    world.say('"[Leave me here|I cannot walk]," {friend} sobbed. "[Go and see it without me|You will miss it because'
              ' of me]." "[Never|Not without you]," said {hero}.',
              '"[Do not move|Stay calm]," said {hero}. "I am with you." {Friend} [bit back the tears|squeezed'
              ' {hero.his} {hero.hand}].',
              "")
    world.say('{Hero} took off {the_bandage} and wrapped it around {friend.s} {limb}. "Is it too tight?" {hero.he}'
              ' asked. "It is [good|just right]," said {friend}.',
              "First, {hero} cooled {friend.s} {limb} with [wet moss|cold water]. Then {hero.he} wound {the_bandage}"
              " around it, [gently|round and round].")
    world.say("But how could they get home? {Hero} looked around and found {carrier}.",
              "{Friend} was too heavy to carry. So {hero} searched until {hero.he} found {carrier} [behind a"
              " hedge|beside an old shed].")
    world.say("{Hero} pulled and pulled. The path was [steep|bumpy], and {hero.his} legs [trembled|ached], but"
              " {hero.he} did not stop.",
              "It was hard work. {Hero} [puffed|panted] and had to rest at every bend, yet {hero.he} never complained.",
              "To cheer {friend} up, {hero} sang while {hero.he} pulled, even when {hero.he} had hardly any breath"
              " left.",
              "", "")
    world.say("Clouds gathered, and thunder [growled|rumbled] far away, but they reached the first houses just in"
              " time.",
              "",
              "Once, {the_carrier} got stuck between two stones, and {hero} had to push with all {hero.his} strength.")
    world.new_paragraph()
    world.say('{Elder} looked at the {limb} and nodded. "Nothing is broken," {elder} said. "[This bandage was put on'
              ' well|A week of rest will do]."',
              '"You did everything right," said {elder} to {hero} and gave {friend} [a cool cream|bitter drops]. "In a'
              ' week it will be healed."')
    world.say("Every day {hero} came and [read stories|played cards] at {friend.s} bed.",
              "{Hero} visited {friend} every afternoon and told {friend.him} [the news|jokes].", "")
    pause(world)
    world.say("When {friend} could walk again, they went to {goal} at last, and this time nobody ran.",
              "A week later, {friend} could hop again. Slowly, side by side, they walked to {goal}. It was worth the"
              " wait.")
    world.say('There {friend} gave {the_bandage} back, washed and folded. "[It is the best bandage in the world|Thank'
              ' you for not leaving me]," {friend.he} said.',
              '"You can have this back," said {friend} and held out {the_bandage}. "[Keep it|No, keep it]," said'
              ' {hero}. "[It looks good on you|Who knows when you will fall again]."',
              "{Friend} had washed {the_bandage}, and {hero} put it on again with pride.")
    world.ask("{friend.a} with a hurt {limb}", "{hero.a} who carries {friend.a} home",
              "{hero.a}, {friend.a} and {carrier}")
    world.fact("What did {hero.name} use as a bandage?", "{Hero.name} used {bandage}.")
    world.fact("How did {friend.name} get hurt?", "{Friend.name} {fall}.")
    world.fact("Where did the two friends want to go?", "They wanted to go to {goal}.")


def through_the_night(world):
    fall_ill(world)
    grown_up(world, "old turtle", "beekeeper", "gardener", "shepherd", "miller", "old goose")
    note(world, "cure", world.pick("a jar of thyme honey", "a bunch of mint", "a bottle of elder juice",
                                   "a bag of linden flowers", "a silver tin of balm"))
    world["far"] = world.pick("on the other side of the dark woods", "behind the lonely hill",
                              "at the end of the foggy marsh", "beyond the long black bridge")
    noise, world["truth"] = world.pick(
        ("two green lights in the dark", "only the eyes of a cat"),
        ("a white shape that waved its arms", "only a shirt on a washing line"),
        ("a moan from above", "only a branch that rubbed against another"),
        ("a rattle like old bones", "only a loose gate in the wind"),
        ("heavy steps behind a hedge", "only a cow that could not sleep"))
    note(world, "noise", noise)
    world["help"] = world.pick("pulled {hero.him} out of the icy creek",
                               "stood by {hero.him} when everyone else laughed",
                               "shared the last slice of bread with {hero.him}",
                               "searched all day for {hero.his} lost cap")
    world["help"] = world["help"].format(hero=world["hero"])
    if world.chance(0.35):
        world.say("{Hero.full} was afraid of the dark. [Everyone knew it|It was no secret], and {hero.his} friend,"
                  " {friend.full}, never teased {hero.him} about it.",
                  '"I am not afraid of anything," {hero.full} liked to say, "except the dark." Only one friend never'
                  ' [laughed|teased {hero.him}], and that was {friend.full}.')
        world.say("They lived next door to each other {place.in_a}.", "They were neighbors {place.in_a}.")
    else:
        world.say("[In the daytime|By day], {hero.full} was as brave as a lion. But at night {hero.he} [hid under the"
                  " covers|needed a little lamp to sleep].",
                  "There was one thing that {hero.full} feared: the dark. When the sun went down, {hero.he} [stayed"
                  " inside|locked the door].",
                  "Every evening, {hero.full} looked under the bed three times, for {hero.he} was afraid of the dark.")
        world.say("{Hero.his} best friend was {friend.full}, and they lived next door to each other {place.in_a}.",
                  "{Friend.full}, who was {hero.his} best friend, lived next door {place.in_a}.")
    world.say("One evening, {friend} had {illness}. {Friend.he} {moans}, and {looks}.",
              "One evening {hero} found {friend} in bed with {illness}. {Looks}, and {friend.he} {moans}.")
    world.say('"Only {cure} can help," said a neighbor. "You can get it from {elder}, who lives {far}."',
              "The medicine was all gone. There was only one who had more: {elder}, who lived {far} and kept {cure}"
              " for such days.")
    world.new_paragraph()
    world.say("{Hero} looked out of the window. It was [pitch dark|as black as ink], and {hero.his} knees"
              " [knocked|shook]. But once {friend} had {help}.",
              "Outside the night was black. {Hero} [gulped|bit {hero.his} lip]. Then {hero.he} remembered how {friend}"
              " had {help}.")
    world.say('"You were there for me, so I will be there for you," {hero} said, [lit a lantern|took a candle] and'
              ' went out.',
              '"I am afraid," {hero} told {hero.himself}, "[but I am going anyway|but friends are more important]."'
              ' And {hero.he} stepped into the night.')
    world.say("The wind [whispered|sighed], and every bush looked like a [bear|monster]. {Hero} walked faster and"
              " hummed a tune.",
              "{Hero} counted {hero.his} steps to keep calm. [At ninety|At a hundred and two], {hero.he} stopped.", "",
              "", "")
    pause(world)
    world.say("Suddenly there it was, close by: {noise}! {Hero} wanted to run. But when {hero.he} held up the light,"
              " it was {truth}.",
              "What was that? {Hero} noticed {noise}. {Hero.his} hair stood on end, but {hero.he} looked closely: it"
              " was {truth}.")
    world.say("{Hero} had to laugh, and the dark did not seem so dark any more.",
              '"The dark is full of ordinary things," thought {hero} and went on.', "", "", "")
    world.new_paragraph()
    world.say('At last {hero} [knocked on|stood before] the right door. "All alone, in the middle of the night?"'
              ' {elder} asked. "[You must have a good heart|That friend is lucky]." And {elder} gave {hero.him}'
              ' {cure}.',
              "{Elder} opened the door in a nightcap. When {hero} had explained everything, {elder} [quickly|at once]"
              " fetched {the_cure}.")
    world.say("{Hero} ran all the way back and [gave {friend} a spoonful|made {friend} swallow some]."
              if "honey" in world["cure"] or "juice" in world["cure"]
              else "{Hero} ran all the way back and made a hot tea from it."
                   if "tin" not in world["cure"]
                   else "{Hero} ran all the way back and rubbed some on {friend.s} chest.",
              "On the way home {hero} was not afraid at all, because {hero.he} was thinking only of {friend}. Soon the"
              " medicine was in use.")
    world.say("{Hero} sat by the bed until {friend} [slept quietly|breathed calmly].",
              "All night {hero} kept watch and [changed the cool cloth|filled the water glass].", "", "")
    pause(world)
    world.say('In the morning {friend} opened {friend.his} eyes. "I feel [better|well]," {friend.he} said. "You went'
              ' out in the dark? You? For me?"',
              'When the sun came up, {friend} was [hungry|smiling] again. "But you are afraid of the dark!"'
              ' {friend.he} said, when {friend.he} heard what {hero} had done.')
    world.say('"[You would have done the same|You once did a good thing for me]," said {hero}.',
              '"I was afraid," said {hero}, "[but I was much more afraid for you|but now I am only a little afraid]."',
              "{Hero} laughed and told {friend} about {the_noise}. It had been {truth}!", "", "")
    world.say("Since then {hero} has slept without a lamp.",
              "They kept {the_cure} on the shelf, and whenever {hero} saw it, {hero.he} felt brave.",
              "That was how {friend} got well and {hero} grew brave, both in a single night.", "")
    world.ask("{hero.a} who is afraid of the dark", "{hero.a} who fetches {cure}", "{friend.a} who has {illness}")
    world.fact("What was {hero.name} afraid of?", "{Hero.name} was afraid of the dark.")
    world.fact("What did {hero.name} fetch?", "{Hero.name} fetched {cure}.")
    world.fact("What was wrong with {friend.name}?", "{Friend.name} had {illness}.")


def taking_turns(world):
    fall_ill(world)
    world["soup"] = world.pick("carrot soup", "onion soup", "tomato soup", "noodle soup", "pea soup", "potato soup")
    world["tale"] = world.pick("a pirate who was afraid of water", "a king who lost his shoes",
                               "a whale that wanted to fly", "a spoon that ran away", "a snail that won a race",
                               "a moon made of cheese")
    note(world, "comfort", world.pick("a hot water bottle", "a knitted cap", "a pair of woolly socks",
                                      "a patchwork quilt", "a stuffed elephant"))
    world.say("[Knock, knock, knock|Tap, tap]! {Hero.full} stood at the door of {friend.full}, but nobody opened.",
              "Each morning {place.in_a}, {hero.full} met {friend.full} at the [gate|bridge]. But one day, {friend}"
              " did not come.",
              "{Hero.full} waited and waited {place.in_a}. {Hero.his} friend, {friend.full}, was never late. Something"
              " must be wrong.")
    world.say("{Hero} looked inside. {Friend} lay in bed with {illness}, and {looks}."
              if "door" in world.paragraphs[-1][-1]
              else "{Hero} went to look. {Friend} lay in bed with {illness}, and {looks}.")
    world.say('"[Go away|Do not come near]," {friend} said and {moans}. "[You will catch it too|I am no fun today]."',
              '{Friend} {moans}. "[I feel awful|I cannot play today]," {friend.he} said.')
    world.say('"[Friends are not only for playing|Then we will not play]," said {hero}. "[I will take care of you|You'
              ' need somebody now]."',
              '{Hero} rolled up {hero.his} sleeves and put the kettle on. "[Today I am your doctor|Leave it all to'
              ' me]," {hero.he} said.')
    world.new_paragraph()
    world.say("First {hero} cooked {soup}, with [plenty of|a pinch of] parsley. {Hero.he} [blew on|cooled] every"
              " spoonful.",
              "{Hero} had never cooked before, but {hero.he} made {soup}. It was a bit [salty|thick], but {friend} ate"
              " it all.")
    world.say("Then {hero} brought {comfort} from home and tucked {friend} in."
              if world["comfort"] not in ("a knitted cap", "a pair of woolly socks")
              else "Then {hero} brought {comfort} from home to keep {friend} warm.",
              "From home, {hero} fetched {comfort}, because {friend} needed [some comfort|something nice].")
    world.say("In the evening, {hero} told a story about {tale}. {Friend} [laughed so much that it hurt|fell asleep"
              " before the end].",
              '"[Tell me a story|I cannot sleep]," said {friend}. So {hero} told {friend.him} about {tale}.')
    world.say("After three days, {friend} [jumped out of bed|was as fit as a fiddle] and wanted to run outside.",
              "Day by day {friend} got better, until {friend.he} could [dance|whistle] again.")
    world.new_paragraph()
    world.say('"Let us go out!" called {friend} the next morning. But {hero} only sniffed. "I think," {hero.he} said,'
              ' "that now I have it too."',
              "But the next morning, it was {hero} who stayed in bed. Now {hero.he} had {illness}!")
    world.say('"[Oh dear, that is my fault|You caught it from me]," said {friend}. Then {friend.he} smiled. "[Now it'
              ' is my turn|I know exactly what to do]."',
              '"[Do not worry|Lie still]," said {friend}. "I had the best teacher."')
    world.say("{Friend} cooked {soup} and brought back {the_comfort}.",
              "Soon the house smelled of {soup}, and {the_comfort} came back, too.")
    world.say("Then {friend} sat down on the bed and told a story about {tale}, but with a [new|funny] end.",
              "And in the evening {hero} heard the story about {tale} once more. {Friend} remembered every word."
              if "fell asleep before" not in " ".join(world.paragraphs[1])
              else 'And in the evening {hero} wanted to hear {hero.his} own story. "How did it end?" asked {friend},'
                   ' who had slept through it.')
    pause(world)
    world.say('"[It is nearly nice|It is not so bad] to be ill," {hero} said, "when one has a friend like you."',
              '{Hero} closed {hero.his} eyes. "You are a better cook than I am," {hero.he} [mumbled|whispered].',
              "{Hero} was well again after two days, because {hero.he} had been so well cared for.", "")
    world.say("Whoever helps a friend [will be helped as well|is never left alone].",
              "In the end both of them were healthy, and all the {soup} was gone.",
              '{Friend} laughed. "Next time," {friend.he} said, "let us share something nicer than {illness}!"', "")
    world.ask("{friend.a} who has {illness}", "{hero.a} who cooks {soup}", "a friend who is ill")
    world.fact("What did {hero.name} cook for {friend.name}?", "{Hero.name} cooked {soup}.")
    world.fact("What was wrong with {friend.name} at first?", "{Friend.name} had {illness}.")
    world.fact("What was {hero.name}'s story about?", "It was about {tale}.")


PLOTS = [new_friend, quarrel, sharing, left_out, surprise_party, ill_friend]
