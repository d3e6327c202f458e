"""Magic: three wishes, rules that are broken, stars and the moon, spells, toys that come alive, fairies, doors."""

from .. import lexicon
from ..engine import Character, Place, Thing

WALKERS = """fox rabbit bear mouse cat squirrel hedgehog badger mole raccoon beaver otter wolf dog pig goat monkey panda
puppy kitten""".split()
FOLK = "elf princess prince knight pirate explorer clown painter farmer sailor".split()
FIXED_GENDER = {"princess": "she", "prince": "he"}
NAMES_OF = {"she": "Bella Luna Hazel Olive Tilly Ginger Fern Clover".split(),
            "he": "Bruno Rusty Ziggy Biscuit Nutmeg".split()}


# Who, where and what.

def being(world, kinds, unlike=None, named=0.7):
    """One of these kinds of the lexicon, with another pronoun than `unlike`, always he or she."""
    entries = [entry for entry in lexicon.ANIMALS + lexicon.CREATURES
               if entry[0] in kinds and entry[0] not in world.taken]
    if unlike is not None:
        entries = [entry for entry in entries if FIXED_GENDER.get(entry[0]) != unlike.he]
    kind, home, food, skill, sound = world.pick(*entries)
    world.taken.add(kind)
    gender = FIXED_GENDER.get(kind) or other_gender(world, unlike)
    return character(world, kind, gender, fresh_name(world, gender) if world.chance(named) else None,
                     home=home, food=food, skill=skill, sound=sound)


def other_gender(world, unlike):
    return world.pick("she", "he") if unlike is None else "he" if unlike.he == "she" else "she"


def fresh_name(world, gender, child=False):
    others = NAMES_OF["he" if gender == "she" else "she"]
    names = [name for name in lexicon.PET_NAMES if name not in others] if not child else (
        lexicon.GIRLS if gender == "she" else lexicon.BOYS)
    name = world.pick(*[name for name in names if name not in world.taken])
    world.taken.add(name)
    return name


def character(world, kind, gender, name=None, person=False, **traits):
    traits = {"home": "house", "food": world.pick(*lexicon.FOODS), "skill": "help", "sound": "laughed"} | traits
    return Character(world.rng, kind, name, gender, person, traits)


def child(world, unlike=None):
    gender = other_gender(world, unlike)
    skill = world.pick("run fast", "climb trees", "sing", "whistle", "tell jokes")
    kind = {"she": "girl", "he": "boy"}[gender]
    return character(world, kind, gender, fresh_name(world, gender, child=True), True, skill=skill)


def somebody(world, unlike=None):
    draw = world.rng.random()
    return child(world, unlike) if draw < 0.5 else being(world, WALKERS if draw < 0.85 else FOLK, unlike)


def introduction(world, character):
    """A first mention that always tells the kind: "a shy little fox named Pip"."""
    trait = character.trait
    adjective = world.pick("", "little ", "young ", trait + " ", trait + " ", trait + " little ")
    name = f" {world.pick('named', 'called')} {character.own_name}" if character.own_name else ""
    return f"a {adjective}{character.kind}{name}"


def place_of(world, *kinds):
    return Place(world.rng, world.pick(*[entry for entry in lexicon.PLACES if entry[0] in kinds]))


def definite(text):
    """ "an old sock" becomes "the old sock"."""
    article, _, rest = text.partition(" ")
    return f"the {rest}" if article in ("a", "an") else text


def colored(world, kind, colors="red blue green yellow white black orange purple pink brown silver golden gray"):
    thing = Thing(world.rng, (kind, "use it"))
    thing.look = world.pick(*colors.split())
    thing.bare = f"{thing.look} {kind}"
    thing.a, thing.the = f"a {thing.bare}", f"the {thing.bare}"
    return thing


def start(world, hero):
    world["hero"] = hero
    world["newcomer"] = introduction(world, hero)


# Three wishes.

# kind, where, its trouble, how it is freed, how it goes away
GRANTERS = [
    ("golden fish", "lake river pond beach", "had jumped too far and lay on the dry ground",
     "carried {granter.him} gently back into the water", "dived down with a splash"),
    ("silver bird", "forest meadow orchard hill", "was caught in a thorny bush",
     "pulled the thorns apart, one by one", "flew up into the sky"),
    ("tiny gnome", "forest mountain garden valley", "was stuck under a fallen branch",
     "lifted the heavy branch", "slipped into a crack in the ground"),
    ("spotted toad", "garden farm swamp", "had tumbled into an old bucket and could not climb out",
     "tipped the bucket over", "hopped away under the leaves"),
    ("green dragonfly", "pond swamp river meadow", "was tangled in a sticky spider web",
     "loosened the sticky threads with a small twig", "buzzed away like a green spark"),
    ("friendly genie", "attic cave market beach", "was locked up in a dusty bottle",
     "pulled and pulled until the cork popped out", "turned into a curl of smoke and was gone"),
    ("white hare", "meadow hill valley forest", "had one paw in a tangle of old rope",
     "undid all the knots in the rope", "bounded away without a sound"),
    ("glowing moth", "attic barn castle library", "was trapped under a glass jar",
     "lifted the jar with great care", "fluttered out into the light"),
]

# first wish, what came of it, second wish, what came of that
TOO_MUCH = [
    ("all the pancakes in the world", "Pancakes fell from the sky like fat yellow leaves. They covered the roof, the "
                                      "path and even the surprised hens", "a giant who likes pancakes",
     "A giant came stomping over the hills. He swallowed every pancake, and then he began to nibble at the chimney"),
    ("a hundred puppies", "A hundred puppies tumbled through the door. They chewed the slippers, barked at the clock "
                          "and licked the butter", "a hundred juicy bones",
     "Bones rattled down like hail, and the puppies dug a hole for each of them until there was no garden left"),
    ("deep snow in the middle of summer", "Thick snow came down at once. It froze the strawberries and made the bees "
                                          "shiver",
     "a very hot sun", "The snow melted all at once, and a cold stream ran right through the kitchen"),
    ("a house made of jelly", "The walls began to wobble. The bed wobbled, the stairs squished, and the door stuck to "
                              "everybody's elbows", "ice to make the jelly hard",
     "Now the whole house was frozen. Everyone slid from room to room and bumped into the stove"),
    ("a band that plays music all day", "Twenty drummers and ten trumpet players marched in. They played at lunch, "
                                        "they played at nap time, and they did not stop at midnight", "silence",
     "Every sound went away. The birds opened their beaks, but no song came out, and even laughing made no noise"),
    ("a tree full of lemon drops", "A tree shot up through the floor. Lemon drops clattered down on heads, on plates "
                                   "and into the milk", "an animal that eats lemon drops",
     "A purple elephant squeezed through the door. It ate the lemon drops, and then it got hiccups that shook the "
     "windows"),
    ("a puddle as big as the sea", "Water came up to the window. The chairs floated past, and a frog sat on the teapot",
     "a great big sponge", "A sponge as large as a barn drank up the water, but it also drank the soup, the tea and "
                           "the well"),
]

# what the hero wishes first, how it looked, whom the hero thinks of, the wish for them, what came of it
KIND_WISHES = [
    ("a warm coat", "with a soft hood", "an old neighbor who had no wood for the winter", "a pile of dry wood that "
        "never ends",
     "smoke curled out of the neighbor's chimney and the windows glowed"),
    ("a bowl of cherries", "as sweet as syrup", "a poor baker whose oven was cold and empty", "ten sacks of flour for "
        "the baker",
     "the smell of fresh rolls filled the whole street"),
    ("a little boat", "with a white sail", "a small sick bird that had no song left", "a new song for that bird",
     "the bird lifted its head and sang so loudly that the leaves shook"),
    ("a new kite", "with a long tail", "the thirsty flowers that had seen no rain for weeks", "a night of soft rain",
     "fat drops pattered down and the flowers raised their heads"),
    ("a bed of feathers", "as soft as a cloud", "the tired miller who carried sacks all day", "a strong donkey for the "
        "miller",
     "a gray donkey stood before the mill with a bell on its neck"),
    ("a shiny bell", "with a clear voice", "the lonely lighthouse keeper", "a friend for the lighthouse keeper",
     "a furry dog with one brown ear ran up the lighthouse steps"),
]

# a danger to others, how the saved wish mends it
DANGERS = [
    ("a great flood rushed down from the hills", "the water turned around and ran back into its bed"),
    ("a thick fog hid the road, and the fishermen could not find the shore",
     "the fog rolled itself up like a carpet and everyone saw the shore again"),
    ("a long drought dried up the well, and the babies cried for water",
     "cool water bubbled up in the well until it ran over the rim"),
    ("a cruel frost bit the young apple trees", "a warm wind wrapped itself around every branch"),
    ("the old bridge broke, and nobody could bring food across", "a new stone bridge stood over the stream, wide and "
        "strong"),
]


def three_wishes(world):
    start(world, somebody(world))
    hero = world["hero"]
    kind, places, world["plight"], world["rescue"], world["leaving"] = world.pick(*GRANTERS)
    world["place"] = place_of(world, *places.split())
    gender = world.pick(*[each for each in ("she", "he", "it") if each != hero.he])
    world["noun"] = kind.split()[-1]
    world["granter"] = character(world, kind, gender)
    world.ask("{hero.a} and {granter.a}", "{hero.a} and {place.a}", "three wishes", "{hero.a} who gets three wishes",
              "{granter.a} that grants wishes")
    voice = world.chance(0.5)
    world.say(*("[Once upon a time|One day|One morning], {newcomer} was [playing|looking around] {place.at}. "
                "[Suddenly|All at once] {hero.he} heard a [tiny|thin|weak] voice.",
              '"[Help|Oh, help]! [Please help me|Will nobody help me]!" [called|cried] a small voice {place.at}. '
              "{Newcomer} [stopped|stood still] and listened.",
              "{Place.at} it was very quiet. Only {newcomer} was there, [humming|whistling] a tune. Then [a voice "
              "squeaked|came a squeak]: \"Please help me!\"") if voice else (
              "There was once {newcomer} who never walked past anyone in need. One [quiet|bright|misty] morning, "
              "{hero.he} went {place.to}.",
              "It was early, and the dew was still wet. {Newcomer} came {place.to} because {hero.he} wanted to [be "
              "alone|look for treasures|see something new].",
              "{Newcomer} liked to look at {place.sight}, so {hero.he} went {place.to} almost every day.",
              "Early one [spring|summer] morning, {newcomer} set off {place.to} with a [bun|sandwich] in {hero.his} "
              "bag."))
    world.say(*("It was {granter.a}! {Granter.he} {plight}.", "{Granter.a} had called. The poor thing {plight}.",
                "The voice belonged to {granter.a} that {plight}.") if voice else (
              "[There|That day] {hero.he} found {granter.a}. The poor thing {plight}.",
              "There {hero.he} met {granter.a} that {plight}.",
              "[What was that|Who was there]? It was {granter.a}! {Granter.he} {plight}."))
    if world.chance(0.2):
        world.say("{Granter.he} [looked very tired|trembled all over].")
    world.say("{Hero} felt sorry for {granter} and {rescue}.",
              '"[Wait|Hold still], I will help you," said {hero}, and {hero.he} {rescue}.',
              "{Hero} did not think twice. {Hero.he} [knelt down|bent down] and {rescue}.")
    world.say('"[Thank you|You have a good heart]," said {granter}. "[For this|Because you helped me], I will '
              '[give|grant] you three wishes."',
              '"You saved me," [whispered|said] {granter}. "Now you may wish three times. [Think well|Choose with '
              'care]!"',
              '"I am no common {noun}," {granter} said [proudly|with a bow]. "You were kind to me, so you get three '
              'wishes."')
    world.new_paragraph()
    course = world.pick("too much", "size", "kind", "saved")
    if course == "too much":
        wishes_too_much(world)
    elif course == "size":
        wishes_of_size(world)
    elif course == "kind":
        wishes_for_others(world)
    else:
        wish_saved(world)
    world.fact("Who gave {hero.name} three wishes?", "{Granter.name} gave {hero.him} three wishes.")
    world.fact("How did {hero.name} help {granter.name}?", "{Hero.name} {rescue}.")


def wishes_too_much(world):
    world["first"], world["result"], world["second"], world["worse"] = world.pick(*TOO_MUCH)
    world.ask("{hero.a} who wished for {first}")
    world.say('{Hero} [could not wait|did not stop to think]. "I wish for {first}!" {hero.he} [shouted|cried].',
              '"That is easy," {hero} [said|laughed]. "I wish for {first}."',
              "{Hero} [ran home|hurried home], [closed {hero.his} eyes|clapped three times] and said, \"I wish for "
              "{first}.\"")
    world.say("{Result}.")
    world.say("At first {hero} [laughed|cheered], but soon it was too much.", "That was not what {hero} had wanted!",
              '"[Oh dear|Oh my], this is too much," [moaned|sighed] {hero}.', "{Hero} [began to worry|scratched "
                  "{hero.his} head].", "")
    world.say('"Quick, I need {second}!" {hero.he} [cried|called]. {Worse}.',
              '{Hero.he} used the second wish and asked for {second}. {Worse}.',
              'So {hero.he} wished again, this time for {second}. {Worse}.')
    world.new_paragraph()
    world.say("Only one wish was left. {Hero} sat down and thought [for a long time|hard] before {hero.he} spoke.",
              "Now {hero} was [close to tears|very sorry], for there was just one wish left.",
              "This time {hero} did not hurry. {Hero.he} took a [deep|slow] breath and thought about [it|every word].")
    world.say('"I wish that everything was as it was this morning," {hero.he} said at last.',
              '"Please make everything the way it was," {hero.he} [whispered|said softly].')
    world.say("[Whoosh|Pop|Puff]! Everything was [normal|quiet and safe] again, and nobody asked for {first} any more.",
              "The trouble [faded like a dream|was gone in a blink]. {Hero} looked around and had never [liked|loved] "
              "{hero.his} plain old home so much.")
    world.say('{Granter} [appeared|came] once more. "[Are you angry|Are you sad], now that the wishes are gone?" "No," '
              'said {hero}. "[I have all that I need|Now I know that enough is better than too much]."',
              "That evening {hero} ate a [plain|small] bowl of {hero.food} and thought that it was the best meal in "
              "the world.",
              "Since then, whenever {hero} wants something very much, {hero.he} [counts to ten|sleeps on it] first.")
    world.fact("What did {hero.name} wish for first?", "{Hero.name} wished for {first}.")
    world.fact("What was the second wish?", "The second wish was for {second}.")


def wishes_of_size(world):
    world["tall"] = world.pick("a tower", "a church", "the tallest pine", "a ship's mast", "a windmill")
    world["tiny"] = world.pick("a pea", "a thimble", "a button", "a raisin", "a ladybug")
    world["friend"] = being(world, WALKERS, unlike=world["hero"], named=1)
    world.ask("{hero.a} and {friend.a}", "{hero.a} who wished to be as tall as {tall}")
    world.say("{Hero} had always been [a little small|the smallest of all] and was tired of it. \"I wish to be as tall "
              "as {tall}!\" {hero.he} said.",
              '"Everybody [looks down on me|calls me a shrimp]," said {hero}. "I wish to be as tall as {tall}!"')
    world.say("[Zoom|Whoosh]! {Hero.his} head [shot up into the clouds|rose above the trees]. {Hero.he} could see "
              "[three rivers|the sea far away|every roof around], but {hero.he} could not fit through {hero.his} own "
              "door.",
              "{Hero} grew and grew until a [gull|crow] landed on {hero.his} ear. But there was no bed that was long "
              "enough, and no plate that was big enough.")
    world.say("{Hero.his} best friend, {friend.a} named {friend.own_name}, called up to {hero.him}, but {hero.he} was "
              "too far away to hear.",
              "When {friend.own_name}, {friend.a} and {hero.his} best friend, wanted to play, {hero} was afraid to "
              "[step on|squash] {friend.him}.")
    world.say('"This is no good," {hero.he} [boomed|sighed]. "I wish to be as small as {tiny}!"',
              'So {hero.he} used the second wish. "Make me as small as {tiny}!"')
    world.say("At once the grass was like a jungle. [A beetle|An ant] as big as a [horse|wolf] [marched by|stared at "
              "{hero.him}], and a drop of dew [almost washed {hero.him} away|soaked {hero.him} to the skin].",
              "Now every pebble was a mountain. A breeze blew {hero.him} into a snail shell, and there {hero.he} sat "
              "and shivered.")
    world.new_paragraph()
    world.say("Then {friend.own_name} came by and [sniffed|looked around]. \"Where are you?\" {friend.he} called. \"I "
              "miss you! I like you just the way you [were|are].\"",
              "{Friend.own_name} was searching everywhere. \"Come back,\" {friend.he} called. \"You were just the "
              "right size for [hide-and-seek|hugs|leapfrog]!\"")
    world.say("When {hero} heard that, {hero.his} heart grew warm. \"I wish to be my own size again,\" {hero.he} said.",
              "{Hero} [smiled|understood]. {Hero.he} used the third wish to be {hero.himself} again, [neither tall nor "
              "tiny|no more and no less].")
    world.say("{Friend.own_name} jumped with joy, and the two shared {friend.food} [under a bush|on the doorstep].",
              "{Friend.own_name} hugged {hero.him}. It was a hug that fitted [exactly|perfectly], not too high and not "
              "too low.")
    world.say("And {granter}? {Granter.he} {leaving} [with a smile|and was never seen again].",
              "Nobody was as tall as {tall} that day, and nobody was as small as {tiny}, and {hero} was [content|glad] "
              "about it.",
              "Far away, {granter} [nodded|chuckled], because the last wish had been a wise one.")
    world.fact("What did {hero.name} wish to be first?", "{Hero.name} wished to be as tall as {tall}.")
    world.fact("Who was {hero.name}'s best friend?", "The best friend was {friend.own_name}.")


def wishes_for_others(world):
    world["first"], world["looks"], world["needy"], world["second"], world["result"] = world.pick(*KIND_WISHES)
    world["the_first"] = definite(world["first"])
    world["dream"] = world.pick("dance at a wedding", "see the ocean from a mountain top", "sleep for a whole day "
        "without granting a single wish", "taste ice cream", "have a birthday party")
    world.ask("{hero.a} who made a kind wish", "{hero.a} who used a wish to help {granter.a}")
    world.say('{Hero} thought for a while. "I would like {first}," {hero.he} said.',
              '"May I have {first}, please?" asked {hero} [shyly|politely].',
              "{Hero} was [cold and tired|not greedy], so the first wish was a small one: {first}.")
    world.say("There it was, {looks}! {Hero} [could hardly believe it|clapped with joy].",
              "[Ting|Pling]! There was {the_first}, {looks}, just as {hero.he} had hoped.", "")
    world.say("Then {hero} [remembered|thought of] {needy}. \"For my second wish I want {second},\" {hero.he} said.",
              "\"Do you want more?\" asked {granter}. But {hero} was thinking of {needy}. \"I wish for {second},\" "
              "{hero.he} answered.")
    world.say("And [straight away|in the same moment], {result}.", "Before {hero} could blink, {result}.")
    world.new_paragraph()
    world.say('"One wish is left," said {granter}. "[What will it be|Will it be gold]?"',
              "{Granter} waited for the last wish and [yawned|sighed] a little.",
              "{Granter} [nodded|smiled]. Only the third wish was left now.", "")
    world.say('{Hero} looked at {granter}. "Has anyone ever made a wish for you?" {hero.he} asked. "Never," '
              '[said|whispered] {granter}. "I always wanted to {dream}."',
              '"And what would you wish for, if you could?" asked {hero}. {Granter} [blushed|was surprised]. "Oh, I '
              'would love to {dream}," {granter.he} said.')
    world.say('"Then that is my third wish," said {hero}.', '"Then I wish that you can do just that!" {hero} '
        '[cried|said].')
    world.say("{Granter} was so [happy|moved] that a [tear|sparkling tear] rolled down {granter.his} face. "
              "{Granter.he} {leaving}, on the way to {dream} at last.",
              "{Granter} laughed out loud, [turned a somersault|spun around three times] and {leaving}.")
    world.say("{Hero} had just one gift left, {the_first}, and that was plenty.",
              "{Hero} went home with {the_first} and a heart as light as a feather.",
              "Some say that {hero} was foolish, but whenever {hero.he} passed by, people [smiled and waved|called "
              "{hero.him} a true friend].")
    world.fact("What did {hero.name} wish for first?", "{Hero.name} wished for {first}.")
    world.fact("What did {granter.name} always want to do?", "{Granter.name} always wanted to {dream}.")


def wish_saved(world):
    world["first"] = world.pick("a ball that never gets lost", "a pair of dancing shoes", "a pie that stays warm",
                                "a pocket knife with a pearl handle", "a book that reads itself aloud")
    world["second"] = world.pick("a swing in the garden", "a night full of fireflies", "a rainbow over the roof",
                                 "a tame butterfly", "a snow-white pony")
    world["store"] = world.pick("an empty jam jar", "a matchbox", "an old sock", "a walnut shell", "a little tin")
    world["the_store"] = definite(world["store"])
    world["danger"], world["saving"] = world.pick(*DANGERS)
    world.ask("{hero.a} who saved a wish for later", "{hero.a} who kept a wish in {store}")
    world.say("The first wish was quickly made: {hero} asked for {first}. The second wish was for {second}.",
              '"I wish for {first}," said {hero}, "and then for {second}!" [Both came true|Both were there] in a '
              'blink.')
    world.say("It was [lovely|splendid], and {hero} [played|was busy with it] until [bedtime|the stars came out].",
              "{Hero} [skipped|danced] around and was as happy as a [lark|king].", "", "")
    world.say('"And the last one?" asked {granter}. "I will keep it," said {hero}. "[A rainy day may come|Who knows '
              'when I will need it]."',
              "But {hero} did not use the third wish. \"I will save it,\" {hero.he} [decided|said], \"because one day "
              "somebody may need it.\"")
    world.say("{Hero.he} whispered the wish into {store} and [hid it under {hero.his} pillow|put it on a high shelf].",
              "So {granter} put the wish into {store}, where it [hummed|glowed] softly.")
    world.new_paragraph()
    world.say("[A year went by|The leaves fell and grew again|Many weeks passed]. Then {danger}.",
              "For a long time nothing happened. But one [dark|gray] day, {danger}.")
    world.say("",
              "Everyone was [afraid|in despair]. \"What shall we do?\" they [cried|asked], and nobody had an answer.",
              "[The mayor wrung his hands|The bells rang|People ran to and fro], but nothing helped.", "")
    world.say("Then {hero} remembered {the_store}. {Hero.he} [ran|raced] to get it, opened it and [said|called], "
              "\"Now, dear wish, help us all!\"",
              '"My wish!" cried {hero}. {Hero.he} opened {the_store} and [asked|begged] it to save everyone.')
    world.say("Something [golden|bright|warm] flew out, and {saving}.", "It [tinkled|crackled] like a tiny bell, and "
        "then {saving}.")
    world.say("There were [cheers|tears of joy] and a feast with [drums and cake|songs and roasted nuts].",
              "People carried {hero} through the streets on their shoulders.", "", "")
    world.say("And {the_store}? {Hero} kept it, although it was empty now, to remember that some wishes are worth "
              "waiting for.",
              "{Granter} watched from far away. \"I knew it when {hero.he} helped me,\" {granter.he} said [happily|to "
              "the wind]. \"That wish was in good hands.\"")
    world.fact("Where did {hero.name} keep the third wish?", "The third wish was in {store}.")
    world.fact("What was {hero.name}'s first wish?", "{Hero.name} wished for {first}.")


# A magic thing with a rule.

# kind, what it did, the rule, a good use, why the rule was broken, how, the trouble, what calms it, how that went
RULES = [
    ("teapot", "poured any drink that one could name", "never ask it for two drinks at once",
     "{Hero} asked for cocoa, and warm cocoa came out, with foam on top",
     "two guests came, and {hero} did not want to let them wait",
     "asked for lemonade and plum juice together",
     ("The teapot gurgled and shook. Purple bubbles ran over the table, down the steps and out into the street",
      "The lid flew off, and a fountain of sticky juice hit the ceiling. It rained on the guests and on the good rug"),
     "put the lid on and say please", "{Mender} put the lid on and said please. The teapot gave one small burp and was "
                                      "still"),
    ("whistle", "could call the wind", "never blow it three times",
     "{Hero} blew it once, and a soft breeze dried all the washing", "the day was hot, and the breeze felt so nice",
     "blew it three times",
     ("A storm came roaring down the lane. It took the hats, the socks and the sign of the bakery",
      "The wind howled around the corners. Shutters banged, and the ducks flew backward"),
     "hum a lullaby to the wind", "{Mender} hummed a slow lullaby. The wind yawned, lay down behind the hills and fell "
                                  "asleep"),
    ("umbrella", "could fly", "never open it when the wind blows",
     "{Hero} floated over the hedge and picked the highest cherries", "{hero} longed to see the clouds from above",
     "opened it in a howling storm",
     ("The umbrella shot up like a cork, with {hero} holding on tight. Soon the houses below looked like matchboxes",
      "Up it went, over the chimneys and past a flock of startled geese, and {hero} could not steer it at all"),
     "tickle the handle", "{Hero} tickled the handle. The umbrella giggled, sank slowly and landed in a heap of hay"),
    ("watering can", "made plants grow in a minute", "never water the same plant twice",
     "{Hero} watered the tomatoes, and they became as round as apples", "one pumpkin still looked a bit small",
     "watered the pumpkin twice",
     ("The pumpkin swelled and swelled. It pushed the gate off its hinges and blocked the whole road",
      "Bump! The pumpkin was as high as the roof, and its leaves tapped on the neighbors' windows"),
     "tell the plant to go to sleep", "{Mender} patted the pumpkin and told it to go to sleep. It sighed and shrank, "
                                      "leaf by leaf"),
    ("pencil", "made drawings come alive", "never draw anything with teeth",
     "{Hero} drew a butterfly, and it fluttered off the paper", "{hero} thought that a little crocodile would be fun",
     "drew a crocodile with two rows of teeth",
     ("The crocodile snapped at the curtains, swallowed a slipper and chased everyone onto the table",
      "The crocodile jumped off the page, crunched a chair leg and grinned with all its teeth"),
     "rub out the tail with a soft piece of bread",
     "{Mender} rubbed at the crocodile's tail with a soft piece of bread. First the tail faded, then the belly, then "
     "the grin"),
    ("bell", "made everyone dance", "never ring it at bedtime",
     "{Hero} rang it, and two grumpy neighbors danced a jig together", "{hero} was not sleepy at all one evening",
     "rang it at bedtime",
     ("The chairs hopped, the spoons jumped, and the beds galloped around the room. Nobody could sleep",
      "Babies, grandfathers and cats danced in their nightshirts until their feet hurt, and they could not stop"),
     "wrap it in a woolly sock", "{Mender} wrapped the bell in a woolly sock. One by one the dancers sat down and "
                                 "snored"),
    ("hat", "made everyone who wore it invisible", "never use it to play tricks",
     "{Hero} put it on and sat so close to a robin that {hero.he} could count its feathers",
     "{hero} wanted to have a good laugh", "used it to tie people's shoelaces together",
     ("People tripped and tumbled. Then the hat got stuck, and nobody could see {hero} or even hear {hero.him}",
      "A milkman fell into his own milk. {Hero} wanted to take the hat off, but it sat as tight as a cork, and "
      "{hero.he} stayed invisible"),
     "say sorry to everyone who was tricked",
     "{Hero} went to everyone and said sorry. At the last sorry, the hat slipped off all by itself"),
    ("jar", "was always full of cookies", "never take the last cookie",
     "{Hero} took ten cookies, and ten new ones lay inside, still warm",
     "{hero} saw one cookie with extra nuts right at the bottom",
     "ate one after another until even the last cookie was gone",
     ("The jar grew hungry. It swallowed the spoons, the butter and half of the tablecloth",
      "The jar opened wide like a mouth, burped, and sucked in the sugar, the salt and a broom"),
     "feed it a cookie that you baked with care",
     "{Mender} mixed flour, butter and honey, and baked a small cookie for the jar. It chewed, smiled and spat "
     "everything out"),
    ("lantern", "could find whatever was lost", "never point it at the moon",
     "{Hero} lit it, and its beam showed a neighbor's lost spectacles", "{hero} wondered what the moon was hiding",
     "pointed it straight at the moon",
     ("The moon slid down the beam and sat on the roof. The tiles cracked, and all the roosters thought that it was "
      "morning",
      "With a bump, the moon landed in the yard. The cows mooed, and the sea did not know where to go"),
     "turn the light to the ground and say good night",
     "{Mender} turned the light to the ground and said good night. The moon nodded and rolled back up into the sky"),
    ("broom", "swept the floor all by itself", "never nap while it works",
     "{Hero} said one word, and the crumbs flew out of the door", "the sun shone on the sofa and made {hero} drowsy",
     "took a long nap while it was sweeping",
     ("The broom swept out the dust, then the rug, then the chairs, and in the end the cat",
      "When {hero} woke up, the house was empty. Even the pictures and the carrots had been swept into the street"),
     "bow and tell it that the work is well done",
     "{Mender} bowed and told the broom that the work was well done. The broom bowed back and leaned itself against "
     "the wall"),
]

GIVERS = [("she", "grandmother", "{hero.s} grandmother"), ("he", "grandfather", "{hero.s} grandfather"),
          ("she", "aunt", "{hero.s} aunt"), ("he", "uncle", "{hero.s} uncle"),
          ("she", "old peddler", "an old peddler"), ("he", "traveler", "a traveler with dusty boots"),
          ("she", "old witch", "a friendly old witch"), ("he", "wizard", "a wizard with a patched cloak"),
          ("he", "clock maker", "a clock maker"), ("she", "queen", "a kind queen")]


def broken_rule(world):
    start(world, somebody(world))
    hero = world["hero"]
    (kind, world["does"], world["rule"], world["good"], world["why"], world["breaking"], troubles, world["cure"],
     world["mending"]) = world.pick(*RULES)
    thing = world["thing"] = colored(world, kind)
    gender, giver_kind, world["who"] = world.pick(*[giver for giver in GIVERS if giver[0] != hero.he])
    giver = world["giver"] = character(world, giver_kind, gender)
    if world["who"].startswith("{hero.s}"):
        giver.name = giver.the = f"{hero.his} {giver_kind}"
    family = world["who"].startswith("{hero.s}")
    world["full_giver"] = f"{{hero.name}}'s {giver_kind}" if family else giver.a
    world["trouble"] = world.pick(*troubles)
    world["mender"] = hero
    world.ask("{hero.a} and {thing.a}", "a magic {thing.kind}", "{hero.a} who broke a rule", "a {thing.kind} that "
        "{does}",
              "{hero.a} who learned to keep a promise")
    if not family:
        world.ask("{hero.a} and {giver.a}")
    course = world.pick("hint", "giver", "friend")
    if family:
        world.say("[Once upon a time|Long ago] there was {newcomer}. On {hero.his} birthday, {giver} gave {hero.him} "
                  "{thing.a}.",
                  "{Newcomer} got a parcel with a [blue|yellow|silver] string. Inside was {thing.a} from {giver}.",
                  "The {giver.kind} of {newcomer} owned {thing.a}. One day {giver.he} gave it to {hero.him}.",
                  "Every day, {newcomer} begged to try {thing.a} that belonged to {giver}. At last {hero.he} got it.")
    else:
        world.say("[Once|Long ago|One winter evening|On a foggy day], {who} gave {newcomer} {thing.a}.",
                  "{Newcomer} had a [strange|wonderful] treasure: {thing.a}. It was a gift from {giver.a}.",
                  "There was {thing.a} that was not like others. It [belonged|had once belonged] to {giver.a}, who "
                  "gave it to {newcomer}.",
                  "{Newcomer} once shared {hero.food} with {giver.a} and got {thing.a} for it.")
    world.say("It was magic, because it {does}.", "[It looked quite plain|You would never have guessed it], but it "
                                                  "{does}.",
              "And what a {thing.kind} it was! It {does}.")
    world.say('"[There is one rule|Just one thing]," said {giver}. "{Rule}!"',
              '"[Listen well|Remember this]," said {giver} [and raised a finger|in a serious voice]. "{Rule}!"')
    if course == "hint":
        world.say('"And if things go wrong," {giver.he} added, "{cure}." {Hero} nodded [and promised to '
                  'remember|, but {hero.he} hardly '
                  'listened].',
                  '"If you ever forget," {giver.he} added, "then {cure}." "I will not forget," said {hero}.')
    else:
        world.say('"I promise," said {hero}.', "{Hero} [gave {giver.him} {hero.his} word|promised].",
                                               '"[Of course|Never]!" said {hero} [at once|and meant '
                                                   'it].')
    world.say("{Good}.", "It was [great fun|a joy]. {Good}.", "On the very first day, {hero} tried it. {Good}.")
    world.new_paragraph()
    world.say("But [one day|a week later|after some time], {why}. \"[Just once will do no harm|Nobody will know],\" "
              "thought {hero}[| and looked over {hero.his} shoulder].",
              "[All went well|Everything was fine] until the day when {why}.",
              "Rules are easy to keep on easy days. But then {why}.")
    world.say("So {hero.he} {breaking}.", "{Hero.he} forgot the promise and {breaking}.",
              "{Hero.he} {breaking}, although {hero.he} knew that it was wrong.")
    world.say("{Trouble}.", "[Oh no|Oh dear]! {Trouble}.", "For a moment nothing happened. Then it began. {Trouble}.")
    world.say('"Stop! [Please stop|Stop at once]!" [cried|shouted] {hero}, but {thing} did not [listen|obey].',
              "{Hero} was [frightened|full of shame] because it was all {hero.his} fault.",
              "{Hero.s} heart [pounded|thumped] like a drum.", "\"What have I done?\" [wailed|groaned] {hero}.")
    world.new_paragraph()
    if course == "hint":
        world.say("Then {hero.he} remembered what {giver} had said: {cure}.",
                  "What had {giver} told {hero.him} to do? {Hero} thought [and thought|as hard as {hero.he} could]. "
                  "\"{Cure}!\" {hero.he} [cried|said] suddenly.")
        world.fact("Who remembered what to do?", "{Hero.name} remembered what to do.")
    elif course == "giver":
        world.say("{Giver} heard the noise and came [running|hurrying] around the corner. \"{Cure}, quickly!\" "
                  "{giver.he} called.",
                  "Luckily {giver} was near. {Giver.he} did not scold. \"{Cure},\" {giver.he} [said|called], \"and be "
                  "quick!\"")
        world.fact("Who told {hero.name} what to do?", "{Full_giver} told {hero.him} what to do.")
    else:
        friend = world["friend"] = being(
            world, "owl crow parrot cricket duck sparrow bat hen".split(), unlike=hero, named=0)
        world["adjective"] = world.pick("old", "clever", "little", "wise", "cheeky")
        world.ask("{hero.a} and {friend.a}", "{hero.a}, {friend.a} and {thing.a}")
        world.say("A {adjective} {friend.kind} had watched it all. \"I know that {thing.kind},\" {friend.he} said. "
                  "\"You must {cure}.\"",
                  "\"Psst,\" said a voice. It was a {adjective} {friend.kind}. \"If you want to end this, {cure}.\"")
        world.fact("Who told {hero.name} what to do?", "The {adjective} {friend.kind} told {hero.him} what to do.")
    world.say("{Mending}.", "{Hero} did not wait. {Mending}.", "There was no time to lose. {Mending}.")
    if course != "friend":
        world.say('"I broke the rule, and I am sorry," {hero} told {giver} [that night|afterward]. "[Thank you for '
                  'telling the truth|It takes courage to say that]," {giver.he} answered.',
                  "That night {hero} told {giver} the whole [story|truth]. {Giver} [was quiet for a while|stroked "
                  "{hero.his} head]. \"Now you know why there is a rule,\" {giver.he} said.")
    else:
        world.say("To thank the {friend.kind}, {hero} [brought|gave] {friend.him} a plate of {friend.food}.",
                  '"How can I thank you?" asked {hero}. "Some {friend.food} would be nice," said the {friend.kind}, '
                  'and {hero} brought plenty.')
    world.say("{Hero} [tied|fastened] a note to {thing}. On it stood in big letters: {rule}.",
              "From then on {hero} kept the rule, even on days when it was hard.",
              "{Hero} kept {thing.the}, but {hero.he} never broke the rule again.",
              "After that, {hero} gave {thing} back. \"I will ask for it when I am [older|wiser],\" {hero.he} said.",
              "It took two days to clean up the mess. {Hero} did not complain once, because a promise is a promise.")
    world.fact("What color was the {thing.kind}?", "The {thing.kind} was {thing.look}.")
    world.fact("What was the rule?", 'The rule was: {rule}.')
    world.fact("Who gave {hero.name} the {thing.kind}?", "{Full_giver} gave it to {hero.him}.")


# A fallen star.

# how they try, why it fails
TRIES = [
    ("threw {star} up as high as {hero.he} could", "{star.he} came down again and landed on a soft bush"),
    ("climbed to the top of the tallest tree with {star}", "the sky was still too far away"),
    ("tied {star} to a kite", "the string was too short, and the wind went to bed"),
    ("put {star} on one end of a seesaw and jumped on the other", "{star.he} only flew as far as the next haystack"),
    ("stood on a chair on a table on a barrel", "everything tipped over with a crash"),
    ("built a long ladder from sticks and string", "the ladder bent like a noodle"),
    ("asked the smoke of a campfire to carry {star}", "it only made {star} cough"),
    ("blew a giant soap bubble around {star}", "the bubble burst on a pine needle"),
]

FLYERS = "owl bat swan crow".split()


def fallen_star(world):
    start(world, somebody(world))
    hero = world["hero"]
    world["place"] = place_of(world, *"forest garden meadow beach mountain lake hill pond valley orchard farm".split())
    world["spot"] = world.pick(*[spot for spot in world["place"].spots if not spot.startswith("under")])
    gender = world.pick(*[each for each in ("she", "he", "it") if each != hero.he])
    name = world.pick(None, "Glim", "Lumi", "Zizi", "Tinsel", "Flicker", "Orla") if gender != "it" else None
    world["star"] = character(world, "little star", gender, name)
    world["wrap"] = colored(world, world.pick("scarf", "mitten", "cap", "blanket", "sock", "handkerchief"),
                            "red blue green yellow orange purple pink golden")
    world.ask("{hero.a} and a fallen star", "{hero.a} and {star.a}", "a star that fell from the sky",
              "a star and {place.a}", "{hero.a} and {place.a}")
    world["fall"] = world.pick("leaned too far to look at {place}", "sneezed and lost hold of the sky",
                               "was dancing and slipped", "was counting the houses below and lost count and balance",
                               "fell asleep on the edge of a cloud")
    world.say("One night {newcomer} [could not sleep|was looking out of the window|sat on the doorstep]. [A bright "
              "line|A streak of light] crossed the sky, and something fell with a [soft thud|tinkle|plop] {place.at}.",
              "[Swish|Whoosh|Zing]! Something bright fell out of the sky. {Newcomer} saw it and ran {place.to}.",
              "{Newcomer} loved the night sky and knew [many stars by name|where each star stood]. But one evening "
              "there was a dark hole in it, and a [strange|faint] light shone {place.at}.",
              "It was late, and {place.at} everything was still. {Newcomer} was [walking home|carrying a basket home] "
              "when a light blinked [not far away|in the dark].",
              "Long ago, when the nights were very dark, {newcomer} saw a star fall. It came down {place.at}.")
    world.say("{Spot}, {hero.he} found {star.a}, no bigger than [an apple|a cookie|a plum].",
              "There lay {star.a}, {spot}, and [its points were bent|its light was weak].",
              "{Hero} looked around carefully. {Spot} sat {star.a} that [cried silver tears|shook with cold].")
    if name:
        world.say('"My name is {star.own_name}," [said|sniffed] {star.the}. "I {fall}. Now I cannot get home."',
                  '"I am {star.own_name}," {star.he} said in a voice like a [glass bell|music box]. "I {fall}, and '
                  'then I fell."')
    else:
        world.say('"I {fall}," [said|sobbed] {star.the}. "Now I cannot get home."',
                  '"Who are you?" asked {hero}. "I am a star," said the small voice. "I {fall}, and then I fell."')
    world.say("{Star} was [shivering|cold], so {hero} wrapped {star.him} in {wrap.a}.",
              '"[You must be cold|You are freezing]," said {hero} and wrapped {star.him} in {wrap.a}.')
    world.new_paragraph()
    course = world.pick("flyer", "shine", "rise", "stay")
    world["trial"], world["failure"] = world.pick(*TRIES)
    if course in ("flyer", "rise"):
        world.say("First {hero} {trial}, but {failure}.", "{Hero} wanted to help. {Hero.he} {trial}. Sadly, {failure}.",
                  '"I will bring you home," {hero} promised. {Hero.he} {trial}, but {failure}.')
        world.say('"[It is hopeless|I will never get home]," [sighed|wept] {star}. "[Do not give up|We have only tried '
                  'once]," said {hero}.',
                  "{Star} [grew a little dimmer|hung {star.his} head]. \"We will find another way,\" said "
                             "{hero}.", "")
        world.fact("What did {hero.name} try first?",
                   "{Hero.name} " + world["trial"].replace("{star}", "{star.name}") + ".")
    if course == "flyer":
        flyer = world["flyer"] = being(world, FLYERS, unlike=hero, named=0)
        world["payment"] = world.pick("a song", "a story", "a warm bun", "a shiny button", "a handful of nuts")
        world.ask("{hero.a}, {flyer.a} and a fallen star", "a star and {flyer.a}")
        world.say("[Just then|At that moment], {flyer.a} landed [beside them|on a post]. \"I can fly higher than the "
                  "[clouds|mountains],\" {flyer.he} said. \"What will you give me?\"",
                  "Wings [rustled|flapped] in the dark. {Flyer.a} had heard them. \"I could carry a star,\" said "
                  "{flyer.the}, \"for a small price.\"")
        world.say('{Hero} offered {payment}, and {flyer.the} was pleased.',
                  '"I have {payment} for you," said {hero}. "That will do," said {flyer.the}.')
        world.say("{Flyer.the} took {star} and [rose|flew] up in wide circles, [over the trees|past the clouds], until "
                  "{hero} could hardly see them.",
                  "With {star} on {flyer.his} back, {flyer.the} climbed up through the [cold|thin] air. {Hero} held "
                  "{hero.his} breath.")
        world.fact("Who carried {star.name} home?", "{Flyer.name} carried {star.him} home.")
        world.fact("What did {hero.name} give to {flyer.name}?", "{Hero.name} gave {flyer.him} {payment}.")
    elif course == "shine":
        world["cheer"] = world.pick("told a joke about a hen with a hat", "danced like a wobbly pudding",
            "sang a silly song about a turnip",
                       "made a face like a grumpy goat", "juggled three pine cones and "
                                        "dropped them all")
        world.ask("a star that lost its light", "{hero.a} who made a star laugh")
        world.say('"I can only fly when I shine," said {star}, "and my light is gone because I am so sad."',
                  "{Star} tried to fly, but {star.his} light was too weak. \"A sad star cannot shine,\" {star.he} "
                  "whispered, \"and a dark star cannot fly.\"")
        world.say("{Hero} rubbed {star.him} with a soft cloth, but that did not help. {Hero.he} [held|put] {star.him} "
                  "near the fire, but that did not help either.",
                  "{Hero} gave {star.him} some {hero.food}, but {star} only [nibbled|sighed]. What does a star need?")
        world.say("Then {hero} had an idea. {Hero.he} {cheer}.", "So {hero} {cheer}. It looked very funny.")
        world.say("{Star} giggled. [A spark|A glimmer] lit up inside {star.him}, and with every laugh {star.he} shone "
                  "more.",
                  "First {star} smiled, then {star.he} [chuckled|snorted], then {star.he} laughed so hard that sparks "
                  "flew [everywhere|all around].")
        world.say("Bright as a [lamp|candle], {star} rose into the air like a bubble.",
                  '"Look, I am [floating|flying]!" cried {star} and rose up, higher and higher.')
        world.fact("How did {hero.name} make {star.name} laugh?", "{Hero.name} {cheer}.")
    elif course == "rise":
        world["lift"] = world.pick("a hot air balloon made of old bed sheets", "a giant rocket made of tin cans",
            "a huge slingshot made of rubber bands",
                    "a flock of a hundred paper birds", "a swing with very long "
                                       "ropes")
        world.ask("{hero.a} who built {lift}")
        world.say("All night {hero} [worked|hammered and sewed]. By the next evening there stood {lift}.",
                  "{Hero} went home and looked through every drawer. Then {hero.he} built {lift}.")
        world.say('"Are you ready?" asked {hero}. {Star} [nodded|gulped]. "Three, two, one, go!" {hero} counted.',
                  "{Hero} checked every knot and every corner. \"Now!\" {hero.he} shouted.")
        world.say("Up went {star}, up and up, past the [owls|chimneys] and past the moon.",
                  "It worked! {Star} flew up so fast that the clouds jumped aside.")
        world.fact("What did {hero.name} build?", "{Hero.name} built {lift}.")
    else:
        world["dark"] = world.pick(("an old lighthouse", "sailors"), ("the last street lamp", "travelers"),
                                   ("a lantern on the mountain pass", "shepherds"), ("the tower above the bay",
                                       "fishermen"))
        world["lamp"], world["guided"] = world["dark"]
        world.ask("a star that found a new home", "a star and {lamp}")
        world.say("They [walked|wandered] through the night together. At the end of the road they came to {lamp}. It "
                  "had been dark for years.",
                  "On the way to {hero.s} house they passed {lamp}. Its light had gone out long ago.")
        world.say('"Why is it dark?" asked {star}. "There was [no oil|nobody to light it]," said {hero}, "and so '
                  '{guided} are afraid at night."',
                  '"Poor thing," said {star}. "It has no light, and {guided} need one." "That is true," said {hero}.')
        world.say('{Star} thought about it. "In the sky there are a thousand stars," {star.he} said, "but here there '
                  'is no light at all. I [will|want to] stay."',
                  '"Up there nobody would miss one light," said {star}. "Down here I would be needed." And {star.he} '
                  'hopped inside.')
        world.fact("Where did {star.name} stay?", "{Star.name} stayed in {lamp}.")
    world.new_paragraph()
    if course == "stay":
        world.say("That night it shone [brighter than ever|so brightly that moths came from far away], and {guided} "
                  "found their way.",
                  "Soon a warm light [streamed|spread] over everything. \"Look!\" called the {guided}. \"The light is "
                  "back!\"")
        world.say("{Hero} visited {star} every week and brought {hero.food} and news.",
                  "When {star} felt homesick, {hero} opened the roof, and the other stars [waved|winked] down.")
        world.say("And because {star} kept {wrap.the} on, there is always a thin line of {wrap.look} in that light.",
                  "{Wrap.the} hangs there too, on a nail, in case {star} gets cold.")
    else:
        world["winks"] = world.pick("two", "three", "four")
        world.say("The dark hole in the sky was [filled|closed] again. All the other stars [cheered|rang like little "
                  "bells].",
                  "At last {star} was [back|home] among {star.his} sisters, and the sky was whole again.")
        world.say('"Thank you!" called {star} from far above. "I will wink {winks} times for you every night!"',
                  "Before {star.he} left, {star} had promised to wink {winks} times every evening.")
        world.say("In the rush, {star} had kept {wrap.the}. That is why one star up there looks a bit {wrap.look}.",
                  "{Hero} never got {wrap} back, but {hero.he} did not mind, because one star now shines with a "
                  "{wrap.look} glow.")
        world.say("When {hero} goes to bed, {hero.he} looks up and counts: {winks} winks. Then {hero.he} "
                  "[smiles|sleeps well].",
                  "And when it winks {winks} times, {hero} knows who it is and [waves|winks back].")
        world.fact("How many times will {star.name} wink every night?",
                   "{Star.name} will wink {winks} times.")
    world.fact("Where did {hero.name} find {star.name}?", "{Hero.name} found {star.him} {spot}.")
    world.fact("What did {hero.name} wrap around {star.name}?", "It was {wrap.a}.")
    world.facts = world.rng.sample(world.facts, min(4, len(world.facts)))


# The moon that talks.

def talking_moon(world):
    start(world, somebody(world))
    hero = world["hero"]
    world["moon"] = character(world, "moon", other_gender(world, hero), None)
    world["moon"].a = "the moon"
    world["seat"] = world.pick("the roof", "the garden wall", "a hilltop", "the windowsill", "a wooden bridge",
        "a haystack")
    world["the_seat"] = definite(world["seat"])
    world.ask("{hero.a} and the moon", "a talking moon", "{hero.a} who talked to the moon", "the moon and {hero.a}")
    world.say("Every night, {newcomer} sat on {seat} and said good night to the moon. It never answered. Then came a "
              "[misty|mild] evening in May.",
              "The [night was clear|air smelled of hay], and {newcomer} could not fall asleep. {Hero.he} climbed onto "
              "{seat} and looked up.",
              "Once there was {newcomer} who was not afraid of the dark at all. One night {hero.he} sat on {seat}, "
              "where the moon shone brightly.",
              '"Good evening," said a [deep|soft|silvery] voice one night. {Newcomer}, who was sitting on {seat}, '
              'turned around. '
              "Nobody was there.",
              "In a house at the edge of the world lived {newcomer}. When the owls began to call one night, {hero.he} "
              "went out and sat on {seat}.")
    world.say("[All of a sudden|At midnight], the moon [sighed|groaned] so loudly that the leaves [trembled|stirred].",
              "Slowly the moon [opened one eye|cleared {moon.his} throat] and spoke.",
              "\"Up here!\" called someone. It was the moon, and {moon.he} looked [worried|troubled].",
              "All at once, the moon leaned down and [coughed|blinked].")
    world.say('"Can you talk?" asked {hero} [in surprise|with wide eyes]. "[Of course|Only when I have trouble]," said '
              'the moon.',
              "{Hero} [almost fell down|rubbed {hero.his} eyes], because {hero.he} had never heard the moon talk.", "")
    course = world.pick(moon_grows_thin, moon_is_stuck, moon_is_dusty, moon_is_awake, moon_is_cold)
    course(world)
    world.say("Every night since then, [the two of them say good night to each other|one extra moonbeam comes to "
              "{the_seat}].",
              "People often wonder why the moon [smiles|looks so friendly]. {Hero} knows, but {hero.he} only tells "
              "those who ask nicely.",
              "And if you see {hero.a} on {seat} at night, then you know who is talking there.",
              "{Hero} told {hero.his} family about it at breakfast. They [laughed|shook their heads], but the moon, "
              "still pale in the morning sky, winked.")
    world.fact("Where did {hero.name} sit at night?", "{Hero.name} sat on {seat}.")


def moon_grows_thin(world):
    world["counter"] = world.pick("pebbles", "beans", "acorns", "buttons", "walnuts", "shells")
    world.ask("a moon that was afraid of getting thin")
    world.say('"I am [shrinking|getting thinner] every night," said the moon. "Soon there will be nothing left of me!"',
              '"Look at me," said the moon. "Last week I was as round as a cheese. Now a piece of me is missing, and '
              'tomorrow there will be less!"')
    world.new_paragraph()
    world.say("{Hero} had watched the moon for a long time and knew better. \"Wait,\" {hero.he} said, \"I will count "
              "for you.\"",
              '"Do not be afraid," said {hero}. "I think that you will come back. Let me show you."')
    world.say("Each night {hero.he} laid {counter} in a row, one for every night. The moon became a [slice|sickle], "
              "and then a thin thread.",
              "So {hero.he} took {counter} and put down one each evening, while the moon became as thin as a "
              "fingernail.")
    world.say("One night the sky was quite black. {Hero} [felt lonely|was a bit worried], but {hero.he} put down the "
              "next one anyway.",
              '"Good-bye," whispered the moon on the last night. "See you soon," answered {hero} and waited in the '
              'dark.')
    world.new_paragraph()
    world.say("And then a tiny silver line [peeped|looked] over the hill. \"I am here again!\" cried the moon.",
              "On the third evening there was a thin, bright smile in the sky. \"It is me!\" the moon called.")
    world.say("The line grew and grew. When the moon was full once more, there were almost thirty {counter} in the "
              "row.",
              "{Hero} counted twenty-nine {counter} until the moon was round again.")
    world.say('"Keep the {counter}," said {hero}. "When you get thin again, I will show them to you, so that you are '
              'not afraid."',
              "The moon laughed because {moon.he} had worried for nothing. \"I go away and I come back,\" {moon.he} "
              "sang.")
    world.fact("What did {hero.name} count with?", "{Hero.name} counted with {counter}.")
    world.fact("What was the moon afraid of?", "The moon was afraid of getting too thin.")


def moon_is_stuck(world):
    world["trap"] = world.pick("the top of a tall fir tree", "the weathercock of the church", "the chimney of the "
        "bakery",
                               "the sail of a windmill", "the mast of a ship")
    world["friend"] = being(world, "owl goat monkey squirrel crow cat raccoon".split(), unlike=world["moon"])
    friend = world["friend"]
    world.ask("a moon that got stuck", "{hero.a}, {friend.a} and the moon", "the moon and {friend.a}")
    world.say('"I flew too low and got caught on {trap}," said the moon. "Now I cannot move, and the night cannot '
              'end."',
              '"Help me!" said the moon. "I wanted to look at the town and now I hang on {trap}. If I do not sink, the '
              'sun cannot rise."')
    world.new_paragraph()
    world.say("{Hero} pushed with a long pole, but it was too short. {Hero.he} pulled at a moonbeam, but it [slipped "
              "away like water|melted like ice].",
              "{Hero} called to the clouds for help, but they drifted by. {Hero.he} shouted to the wind, but the wind "
              "just whistled.")
    world["friend_intro"] = introduction(world, friend)
    world.say("{Friend_intro} [heard all this|had been watching]. \"I can {friend.skill},\" said {friend.name}, \"and "
              "I know a trick. The moon is ticklish!\"",
              "Then {friend_intro} came along. \"Have you tried to tickle the moon?\" asked {friend.name}. \"It always "
              "works.\"")
    world.say("So {hero} held a ladder and {friend.name} climbed up with a soft feather.",
              "{Hero} found a feather, and together they climbed up to {trap}.")
    world.say('"Hee, hee! Ho, ho!" laughed the moon and [wriggled|wobbled] so much that {moon.he} came loose with a '
              'pop.',
              "The feather touched {moon.him} once, twice. The moon [giggled|chuckled], shook {moon.himself} and slid "
              "off.")
    world.new_paragraph()
    world.say("The moon sank behind the hills, and [at last|soon] the sun came up, pink and [late|a little angry].",
              "Roosters crowed, bakers yawned, and the [longest|strangest] night was over.")
    world.say("As a reward, the moon gave {friend.name} a basket of {friend.food} and {hero} a silver "
              "[spoon|button|thimble].",
              "{Hero} and {friend.name} [kept|shared] the feather, which has shone in the dark ever since.")
    world.fact("Where was the moon stuck?", "The moon was stuck on {trap}.")
    world.fact("Who knew that the moon was ticklish?", "{Friend.name} knew it.")


def moon_is_dusty(world):
    world["cloth"] = world.pick("an old shirt", "a woolly sock", "a checkered apron", "a velvet curtain",
        "a torn towel")
    world["the_cloth"] = definite(world["cloth"])
    world["way"] = world.pick("a staircase of clouds", "a rope of moonbeams", "the back of a wild goose",
        "a very long ladder")
    world.ask("{hero.a} who cleaned the moon", "a dusty moon")
    world.say('"I am so dirty," said the moon. "Smoke and dust have covered my face, and nobody can see by my light '
              'any more."',
              '"People say that I am gray," the moon said sadly. "It is only soot, but I cannot reach my own face."')
    world.say("It was true. [Travelers stumbled on the road|The moths could not find the flowers], because the nights "
              "were so dim.",
              "{Hero} saw that the moon was covered with spots, like an old pan.")
    world.new_paragraph()
    world.say('"I will scrub you," said {hero}. {Hero.he} took soap, a bucket and {cloth}, and went up by {way}.',
              "{Hero} packed a bucket of soapy water and {cloth}. {Way} brought {hero.him} up to the sky.")
    world.say("{Hero.he} [rubbed|scrubbed] from the left ear to the right ear. Foam dripped down and fell on the "
              "fields like snow.",
              "First {hero.he} washed the forehead, then the chin, then both round cheeks, and the moon "
              "[hummed|purred] with pleasure.")
    world.say("One spot would not go away. \"Leave it,\" said the moon. \"It is my freckle.\"",
              "\"Ouch, not in my eye,\" said the moon. \"Sorry,\" said {hero} and was more careful.", "")
    world.new_paragraph()
    world.say("When the work was done, the moon shone so brightly that [roosters crowed by mistake|one could read a "
              "book outside].",
              "Down on the ground, everyone came out in nightgowns to marvel at the clean, bright moon.")
    world.say('"How can I thank you?" asked the moon. "Light my way home," said {hero}, and so {moon.he} did.',
              "The moon kissed {hero.him} on the nose. It was a cool kiss, and it left a tiny silver dot.")
    world.say("And {the_cloth}? It glows now. {Hero} hangs it up as a night light.",
              "{The_cloth} became full of moon dust, so {hero} never needs a lamp any more.")
    world.fact("What did {hero.name} clean the moon with?", "{Hero.name} cleaned it with {cloth}.")
    world.fact("How did {hero.name} get up to the moon?", "{Hero.name} went up by {way}.")


def moon_is_awake(world):
    world["noise"], world["past_noise"] = world.pick(
        ("the dogs bark all day", "the dogs barked all day"), ("the bells ring every hour", "the bells rang every "
            "hour"),
        ("the carts rattle over the stones", "the carts rattled over the stones"),
        ("the children shout in the yard", "the children shouted in the yard"),
        ("the blacksmith hammers on his anvil", "the blacksmith hammered on his anvil"))
    world["tale"] = world.pick("a snail who wanted to win a race", "a king who lost his left slipper",
        "a potato that dreamed of the sea", "seven geese and one umbrella", "a ship made of bread")
    world.ask("a moon that could not sleep", "{hero.a} who told the moon a bedtime story")
    world.say('"I am so tired," yawned the moon. "I work all night, and by day I cannot sleep because {noise}."',
              '"I have not slept for a week," said the moon. "When the sun is up, I want to rest, but {noise}."')
    world.new_paragraph()
    world.say("{Hero} was sorry for {moon.him}. \"When I cannot sleep, somebody tells me a story,\" {hero.he} said. "
              "\"I will tell one to you.\"",
              '"You need a bedtime story," said {hero}. "Come to me at sunrise, and I will tell you one."')
    world.say("When the sky turned pink, {hero} began. It was a story about {tale}.",
              "In the gray light of dawn, the moon leaned close, and {hero} told the tale of {tale}.")
    world.say("{Hero.he} spoke slowly and softly, [like rain on a roof|like a stream in the grass]. The moon's eyelids "
              "[drooped|sank].",
              "In the middle of it, the moon began to nod. \"Go on,\" {moon.he} mumbled, \"what happened next?\"")
    world.say("Before the story had ended, the moon was snoring behind a cloud.", "\"And then,\" said {hero}, but only "
        "a snore answered. The moon was fast asleep.")
    world.new_paragraph()
    world.say("The next night {moon.he} rose early, rested and [round|shining]. \"I slept like a stone,\" {moon.he} "
              "said, \"but how does the story end?\"",
              "In the evening the moon [bounced|sprang] up over the hills. \"What became of it all in the end?\" "
              "{moon.he} asked at once.")
    world.say("\"I will tell you tomorrow at sunrise,\" said {hero} [with a grin|and smiled]. And so it goes on to "
              "this day.",
              "{Hero} told {moon.him} the end, and then {hero.he} had to promise a new story for the next morning.")
    world.fact("Why could the moon not sleep?", "The moon could not sleep because {past_noise}.")
    world.fact("What was {hero.name}'s story about?", "It was about {tale}.")


def moon_is_cold(world):
    shawl = world["shawl"] = colored(world, world.pick("shawl", "cap", "quilt", "muffler"))
    world["helpers"] = world.pick("the sheep gave their wool", "the geese gave their softest down",
                                  "the spiders gave their strongest thread", "the goats combed out their long hair",
                                  "the rabbits brought their winter fluff")
    world["giver"] = world["helpers"].split()[1]
    world.ask("a moon that was cold", "the moon and {shawl.a}", "{hero.a} who made {shawl.a} for the moon")
    world.say('"It is freezing up here," said the moon. "The stars have fire inside, but I have none."',
              '"I have a sniffle," said the moon and sneezed. A snowflake fell down. "There is such a cold draft in '
              'the sky."')
    world.new_paragraph()
    world.say('"You need {shawl.a}," said {hero}. But where could one find one that was big enough for the moon?',
              "{Hero} measured the moon with one eye shut and said, \"I will make you {shawl.a}.\" It had to be "
              "enormous.")
    world.say("{Hero} asked around, and {helpers}. [Click, clack went the needles|Snip, snap went the scissors] for "
              "many nights.",
              "One person alone could not do that. So {helpers}, and {hero} [knitted and sewed|stitched and knotted] "
              "until {hero.his} arms ached.")
    world.say("At first it was much too small, and it only covered the moon's nose. {Hero} did not give up and made it "
              "larger.",
              "The first one came out crooked, and the wind stole the second one. The third one was just right.", "")
    world.new_paragraph()
    world.say("The wind carried the {shawl.kind} up, and the moon [wrapped {moon.himself} up in it|put it on at once]. "
              "\"Ah,\" {moon.he} sighed, \"that is cozy!\"",
              "Wild geese took {shawl.the} up in their beaks. The moon put it on and stopped shivering.")
    world.say("That is why you sometimes see a ring of soft {shawl.look} light around the moon. It is the "
              "{shawl.kind}.",
              "When the moon looks a little {shawl.look} now, it means that {moon.he} is wearing {shawl.the}.")
    world.say('"And thank the {giver}, too!" called the moon, who knew very well who had helped.',
              "The {giver} were proud, because a bit of them was up in the sky.")
    world.fact("What did {hero.name} make for the moon?", "{Hero.name} made {shawl.a}.")
    world.fact("Who helped {hero.name}?", "The {giver} helped {hero.him}.")


# A spell gone wrong.

# aim, what went wrong, what people saw, what was left of it, what is enchanted in one word, it or them
SPELLS = [
    ("make the carrots grow", "the carrots grew legs and ran away", "They raced through the village in a long orange "
        "line and jumped over the dogs", "one small carrot still taps its foot when there is music", "carrots", "them"),
    ("wash the dishes", "the plates flapped like birds and flew out of the window", "They circled around the church "
        "tower and would not come down", "one saucer still likes to sit in the apple tree", "plates", "them"),
    ("make the cat's fur softer", "the cat swelled up like a balloon and floated to the ceiling",
     "It bumped along the beams and meowed at everyone below", "the cat still bounces a little when it jumps",
         "cat", "it"),
    ("warm up the soup", "the soup began to sing in a very loud voice", "It sang about onions and noodles, and the "
        "windows rattled", "the soup pot still hums on Sundays", "soup", "it"),
    ("bring a little rain", "it rained buttons instead of water", "Red and green buttons bounced off hats and filled "
        "up the gutters", "there is still a button in the rain now and then", "clouds", "them"),
    ("mend a wobbly chair", "the chair galloped away like a wild pony", "It kicked over a milk can and leaped across "
        "the ditch",
     "the chair still paws the floor in spring", "chair", "it"),
    ("dry the washing", "the shirts danced off the line and down the road", "Trousers hopped behind them, and an apron "
        "twirled on the bridge", "one sock still dances on windy days", "shirts", "them"),
    ("bake bread in a minute", "the dough rose and rose until it pushed open the oven door", "It crept down the hall "
        "like a fat white cloud and swallowed a shoe", "every loaf in that house is still very fluffy", "dough", "it"),
    ("teach the parrot a new word", "the parrot turned into a purple teapot with wings", "It poured tea on everyone "
        "who passed below", "the parrot still smells of peppermint tea", "teapot", "it"),
]

# the mistake, the cure, what came of it later
MISTAKES = [
    ("a feather tickled {hero.his} nose, and {hero.he} sneezed in the middle of the magic word",
     "say the word once more without a sneeze", "puts a clip on {hero.his} nose before every spell"),
    ("two pages of the spell book stuck together with jam, and {hero.he} read half of the wrong spell",
     "wipe off the jam and read the right page", "never eats jam near a book"),
    ("{hero.he} reached for the salt and took the pepper instead", "add a spoon of honey to make the spell gentle",
     "writes big letters on every jar"),
    ("{hero.he} held the wand upside down", "turn the wand around and say the spell backward",
     "keeps a red ribbon on the right end of the wand"),
    ("{hero.he} forgot the last word and just mumbled something", "say the missing word, and that word is please",
     "says please to everybody, even to spoons"),
    ("{hero.he} was in a hurry and spoke much too fast", "speak the spell again, as slowly as a snail",
     "takes three slow breaths before each spell"),
]

TEACHERS = [("she", "old witch", "Granny Fig"), ("he", "old wizard", "Master Moth"), ("she", "old fairy",
    "Madam Thimble"),
            ("he", "old magician", "Uncle Crumb"), ("she", "old sorceress", "Aunt Nettle"), ("he", "old wizard",
                "Grandpa Soot")]


def spell_gone_wrong(world):
    kind, gender = world.pick(("witch", "she"), ("wizard", "he"), ("fairy", "she"), ("elf", "he"), ("magician", None),
                              ("fox", None), ("rabbit", None), ("mouse", None), ("girl", "she"), ("boy", "he"),
                              ("raccoon", None))
    gender = gender or world.pick("she", "he")
    name = fresh_name(world, gender, child=kind in ("girl", "boy", "witch", "wizard"))
    start(world, character(world, kind, gender, name, kind in ("girl", "boy")))
    hero = world["hero"]
    world.taken.add(hero.kind)
    gender, kind, name = world.pick(*[teacher for teacher in TEACHERS if teacher[0] != hero.he])
    world["teacher"] = character(world, kind, gender, name, True)
    world["aim"], world["wrong"], world["chaos"], world["remains"], world["victim"], world["them"] = world.pick(*SPELLS)
    world["mistake"], world["cure"], world["habit"] = world.pick(*MISTAKES)
    world["meal"] = world.pick("supper", "lunch", "tea", "dinner")
    world["they"] = "they" if world["them"] == "them" else "it"
    world["were"] = "were" if world["them"] == "them" else "was"
    world.ask("{hero.a} and a spell that went wrong", "{hero.a} who learned magic", "{hero.a} and {teacher.a}",
        "a magic spell",
              "{hero.a} who wanted to {aim}", "how a spell was mended")
    world.say("{Newcomer} was learning magic from {teacher.a}, whose name was {teacher.own_name}.",
              "In a [crooked|narrow] house with a [green|mossy] roof lived {teacher}, {teacher.a}, and {teacher.his} "
              "pupil, {newcomer}.",
              "There was once {newcomer} who knew [only three|hardly any] spells but wanted to know a hundred. "
              "{Hero.his} teacher was {teacher.own_name}, {teacher.a}.",
              '"Magic is like cooking," {teacher.own_name} always said. "One must be careful." {Teacher.he} was '
              '{teacher.a}, and '
              "{newcomer} was {teacher.his} pupil.",
              "Every Monday, {newcomer} [swept|dusted] the magic workshop of {teacher.own_name}, {teacher.a}.")
    world.say("One [morning|afternoon], {teacher} went [to the market|to visit a sick dragon|out to gather herbs]. "
              "\"[Touch nothing|Be good] while I am away,\" {teacher.he} said.",
              "One day {teacher} took {teacher.his} hat and went out. \"I will be back for {meal},\" {teacher.he} "
              "said. \"No magic without me!\"",
              "One [quiet|long] day, {hero} was alone in the house, and [a little bored|full of ideas].")
    world.say("{Hero} wanted to give {teacher.him} a nice surprise. \"I will use a spell to {aim},\" {hero.he} "
              "thought.",
              '"I am going to {aim}," said {hero} and opened the big spell book. "How hard can it be?"',
              "There was work to do, and {hero} was tired of working. So {hero.he} looked for a spell to {aim}.")
    world.new_paragraph()
    world.say("{Hero.he} [lit a candle|rolled up {hero.his} sleeves] and began. But {mistake}.",
              "{Hero.he} stirred the kettle [three|seven] times and spoke the magic words. Sadly, {mistake}.",
              '"Hocus, pocus, lily and crocus!" {hero.he} called. But then {mistake}.',
              "All went well until {mistake}.")
    world.say("[Bang|Poof|Fizz|Crack]! [Green|Pink|Yellow] smoke filled the room, and {wrong}.",
              "There was a [bang|hiss|rumble], and the next moment {wrong}.", "Because of that, {wrong}!")
    world.say("{Chaos}.", "{Chaos}. People [stared|pointed] and did not trust their eyes.")
    world.say('"[Come back|Stop it]! [I did not mean it|This is not what I wanted]!" {hero} [shouted|wailed].',
              "{Hero} [turned pale|bit {hero.his} lip]. \"What will {teacher.own_name} say?\" {hero.he} whispered.",
              "{Hero} [ran after {them} with a net|waved a spoon at {them}], but that [was no use|did not help].", "")
    course = world.pick("teacher", "alone", "helper", "talk")
    world.new_paragraph()
    if course == "teacher":
        world.say("{Hero} could have hidden. Instead, {hero.he} ran to {teacher} and told {teacher.him} everything.",
                  "Just then the door opened. It was {teacher}. \"I did magic, and I am so sorry,\" {hero} said "
                  "[honestly|at once].")
        world.say('{Teacher} [scratched {teacher.his} chin|put on {teacher.his} glasses]. "You made one mistake," '
                  '{teacher.he} said. "Now you have to {cure}."',
                  '"Every great magician has done that once," {teacher} said [kindly|with a chuckle]. "To end it, '
                  '{cure}."')
        world.fact("Who told {hero.name} how to mend the spell?", "{Teacher.name} told {hero.him} how to mend it.")
    elif course == "alone":
        world.say("{Hero} sat down on the floor and thought about each thing {hero.he} had done. Suddenly {hero.he} "
                  "knew what was wrong.",
                  "At the very back of the book, {hero} found a page for beginners. \"If a spell goes wrong,\" it "
                  "said, \"find the mistake.\"")
        world.say('"That is it!" cried {hero}. "I must {cure}."', "So the only way was to {cure}.")
        world.fact("What did {hero.name} have to do to mend the spell?", "{Hero.name} had to {cure}.")
    elif course == "helper":
        helper = world["helper"] = being(world, "owl crow mouse frog bat spider hedgehog".split(), unlike=hero, named=0)
        world["age"] = world.pick("old", "clever", "gray", "sleepy")
        world["price"] = world.pick("a soft cushion", "a bowl of {helper.food}", "a big spoon of {helper.food}",
            "a new blanket")
        world.ask("{hero.a}, {helper.a} and a spell", "{hero.a} and {helper.a}")
        world.say("In the corner sat a {age} {helper.kind} that had [seen many spells|lived there for ages]. \"It is "
                  "simple,\" {helper.he} said. \"You must {cure}.\"",
                  "A {age} {helper.kind} came out from behind the kettle. \"I saw your mistake,\" {helper.he} said. "
                  "\"You have to {cure}.\"")
        world.say('"And what do you want for that?" asked {hero}. "{Price}," said the {helper.kind}.', 
                  '"I will give you {price} for that," {hero} promised.')
        world.fact("Who told {hero.name} how to mend the spell?", "The {age} {helper.kind} told {hero.him}.")
    else:
        world.say("Then {hero} stopped running and spoke softly to the {victim}. \"I am sorry,\" {hero.he} said. \"Are "
                  "you unhappy?\"",
                  "\"Maybe the {victim} can tell me what to do,\" {hero} thought, and {hero.he} asked politely.")
        world.say("To {hero.his} surprise, the {victim} answered. \"There is just one way out,\" {they} said. \"You "
                  "need to {cure}.\"",
                  "And the {victim} really spoke. \"This is no fun,\" {they} said. \"Please, {cure}!\"")
        world.fact("Who told {hero.name} how to mend the spell?", "The {victim} told {hero.him}.")
    world.say("{Hero} did exactly that, and {hero.his} voice [shook only a little|was clear and steady].",
              "{Hero} did it with great care, and [everyone was silent|even the clock stopped ticking].",
              "It was not easy with so much noise around, but {hero} did it.")
    world.say("[Pling|Puff|Plop]! The magic [faded|ended], and the {victim} {were} back to normal.",
              "A [warm|sweet] breeze blew through the house. In a blink, the {victim} {were} just as before.")
    if course == "helper":
        world.say("The {helper.kind} got {price}, just as promised.", "{Hero} kept the promise, and the {helper.kind} "
            "enjoyed {price}.")
    world.say("When {teacher} [heard the whole story|looked around], {teacher.he} laughed until {teacher.his} hat fell "
              "off." if
              course != "teacher" else "{Teacher} [nodded|was proud]. \"You told the truth, and you mended it "
                                       "yourself,\" {teacher.he} said.",
              "They needed two brooms and a whole evening to tidy up.", "",
              '"A mistake is only bad if you do not learn from it," {teacher} said [that evening|later].')
    world.say("Since that day, {hero} {habit}, and {remains}.", "{Hero} {habit} now. But {remains}, as a little "
        "reminder.")
    world.fact("What did {hero.name} want to do with the spell?", "{Hero.name} wanted to {aim}.")
    world.fact("What happened because of the spell?", "Because of the spell, {wrong}.")
    world.fact("Who was {hero.name}'s teacher?", "{Hero.name}'s teacher was {teacher.own_name}.")


# Toys and snowmen that come alive.

# kind, material or look, where it stood
TOYS = [("wooden horse", "with a rope tail", "on the shelf"), ("tin robot", "with a key in its back",
    "beside the lamp"),
        ("rag doll", "with hair of yarn", "in the toy box"), ("knitted elephant", "with one long ear", "on the bed"),
        ("clockwork mouse", "with leather ears", "under the chair"), ("toy soldier", "with a drum", "on the "
            "windowsill"),
        ("paper dragon", "with a curly tail", "on a string above the bed"), ("velvet lion", "with a thin mane",
            "behind the door"),
        ("wooden duck", "with squeaky wheels", "by the fireplace"), ("cloth penguin", "with a patch on its belly",
            "on the pillow")]


def toy_alive(world):
    start(world, child(world))
    hero = world["hero"]
    kind, world["feature"], world["stand"] = world.pick(*TOYS)
    gender = other_gender(world, hero)
    toy = world["toy"] = character(world, kind, gender, fresh_name(world, gender) if world.chance(0.6) else None)
    world["short"] = kind.split()[-1]
    world["button"] = colored(world, world.pick("button eye", "ribbon", "scarf", "bow tie", "bell", "vest"))
    world["called"] = f" called {toy.own_name}" if toy.own_name else ""
    world.ask("{hero.a} and {toy.a}", "a toy that came alive", "{toy.a} that came alive", "{hero.a} and a living toy",
              "{toy.a} with {button.a}")
    world.say("{Newcomer} had {toy.a}{called} {feature}. It wore {button.a}." if "eye" not in world["button"].kind else
              "{Newcomer} had {toy.a}{called} {feature}. It had lost one eye, so {hero.his} mother had sewn on "
              "{button.a}.",
              "Of all {hero.his} toys, {newcomer} loved one the most: {toy.a} {feature} and {button.a}."
              if not toy.own_name else
              "Of all {hero.his} toys, {newcomer} loved {toy.own_name} the most. {Toy.own_name} was {toy.a} {feature} "
              "and {button.a}.",
              "There was once {toy.a}{called} {feature}. It had {button.a} and belonged to {newcomer}.",
              "On a rainy birthday, {newcomer} got {toy.a} {feature} and {button.a}. {Hero} carried it everywhere.")
    world.say("By day it [sat|stayed] {stand} and did not move, as toys do.", "At night it always stayed {stand}.",
              "{Hero} told it all {hero.his} secrets, although it never answered.", "")
    world["spark"] = world.pick("the old clock struck thirteen", "a beam of starlight fell into the room",
        "lightning flashed outside",
                                "a warm tear fell on its nose", "an owl hooted seven times",
                                "a spark jumped out of the fireplace")
    world.say("Then one night, {spark}. The {short} blinked, [stretched|yawned] and sat up.",
              "One night {hero} could not sleep. All at once {spark}, and the {short} moved its head.",
              "But one [quiet|windless] night, {spark}. The {short} [sneezed|took a deep breath] and was alive!")
    world.say('"[Are you alive|Can you talk]?" whispered {hero}. "[Only until the sun comes up|Until the morning]," '
              'said {toy}.',
              '"Hello, {hero.name}," said {toy} in a [squeaky|rusty|soft] voice. "I am awake until sunrise."')
    world.new_paragraph()
    course = world.pick(toy_sees_world, toy_saves_house, toy_finds_lost, toy_comforts)
    course(world)
    world.say("In the morning, {toy} [sat|stood] {stand} again, as still as ever. But there was a smile on {toy.his} "
              "face that had not been there before.",
              "When {hero} woke up, {toy} was back in {toy.his} place {stand}. \"Was it a dream?\" {hero} wondered. "
              "Then {hero.he} saw {proof}.",
              "The sun rose, and {toy} became still. {Hero} gave {toy.him} a kiss and [fixed|straightened] "
              "{button.the}.")
    world.say("Ever since, {hero} leaves a [biscuit|little lamp] next to {toy.him}, just in case.",
              "And now and then, when nobody looks, {button.the} twinkles.",
              '"Good night," {hero} says every evening, and {hero.he} is sure that {toy} [hears|understands] it.')
    world.fact("What toy did {hero.name} have?", "{Hero.name} had {toy.a}.")
    world.fact("How long was {toy.name} alive?", "{Toy.name} was alive until the morning.")


def toy_sees_world(world):
    world["wish"], world["act"], world["proof"] = world.pick(
        ("see fireflies", "chased the fireflies between the trees until they were out of breath", "one firefly on the "
            "curtain"),
        ("hear the frogs sing", "sat on a lily leaf and sang along until their throats were sore", "a green leaf on "
            "the rug"),
        ("ride on a train", "rode in the last wagon of the milk train, all the way to the bridge", "two punched "
            "tickets on the floor"),
        ("smell the sea", "ran along the sand and let the foam tickle their feet", "a few grains of sand on the "
            "pillow"),
        ("stand on a hill", "rolled down the slope in the moonlight, over and over", "bits of grass in the bed"))
    world.ask("a toy that wanted to {wish}")
    world.say('"All my life I have [sat|stayed] in this room," said {toy}. "I would love to {wish}."',
              '"What do you want to do?" asked {hero}. "I have just one wish," {toy} said [shyly|softly]. "I want to '
              '{wish}."')
    world.say("{Hero} put on {hero.his} boots, and they [crept|tiptoed] out past the sleeping dog.",
              '"Then let us go!" said {hero}. They climbed out of the window and down the [ivy|pear tree].')
    world.say("They {act}. {Toy} [laughed|cheered] so hard that {toy.he} had to hold on to {hero.name}.",
              "Side by side they {act}. It was even better than {toy} had dreamed.")
    world.say("But suddenly the sky became pale. \"Hurry,\" cried {toy}, \"my legs are getting stiff!\" {Hero} picked "
              "{toy.him} up and ran.",
              "Then a rooster crowed far away. {Toy} grew heavy and slow, so {hero} carried {toy.him} home under one "
              "arm.")
    world.new_paragraph()
    world.fact("What did {toy.name} want to do?", "{Toy.name} wanted to {wish}.")


def toy_saves_house(world):
    world["danger"], world["deed"], world["proof"] = world.pick(
        ("a candle had fallen over, and the curtain began to smoke", "tipped the flower vase over, and the water put "
            "out the flame",
         "the empty vase"),
        ("water dripped through the roof and ran toward the books", "pushed a pot under the leak just in time",
         "the pot full of water"),
        ("a raccoon had climbed in and grabbed the birthday cake", "marched up with such a clatter that the thief fled "
            "through the window",
         "a bite mark in the cake"),
        ("the window had blown open, and the baby brother's cradle stood in the cold wind", "leaned against the window "
            "until it clicked shut",
         "a smudge on the window"),
        ("the little kitten had crawled up the curtain and could not get down", "held out a pillow, and the kitten "
            "landed on it softly",
         "cat hair all over the pillow"))
    world.ask("a brave toy")
    world.say('"Do you smell that? Do you hear that?" asked {toy} suddenly. They looked around the corner and saw that '
              '{danger}.',
              "They were about to play when there was a strange noise. In the next room, {danger}!")
    world.say("{Hero} [froze|was too frightened to move]. But {toy} did not wait.", "{Hero} wanted to call for help, "
        "but {hero.his} voice was gone.")
    world.say("As fast as {toy.he} could, {toy} {deed}.", "{Toy} ran as {toy.he} had never run before and {deed}.")
    world.say('"You are the bravest {short} in the world," said {hero}. "[I was afraid too|My knees shook], but I did '
              'it anyway," said {toy}.',
              "{Hero} hugged {toy.him} [tightly|for a long time]. \"You saved us all!\" {hero.he} said.")
    world.say("{Hero} [put|set] {toy} on the best cushion and gave {toy.him} a medal made of [tin foil|a bottle cap].",
              "")
    world.new_paragraph()
    world.fact("What did {toy.name} do?", "{Toy.name} {deed}.")


def toy_finds_lost(world):
    world["lost"] = world.pick("a silver thimble", "the key of the music box", "a lucky coin", "the last piece of the "
        "puzzle",
                               "an old ring", "a glass marble")
    world["the_lost"] = definite(world["lost"])
    world["nook"] = world.pick("behind the cupboard", "under a loose floor board", "inside the old clock",
        "in the mouse hole",
                               "at the bottom of the umbrella stand")
    world["proof"] = world["the_lost"]
    world.ask("a toy that found {lost}", "{hero.a} who lost {lost}")
    world.say('"Why were you so sad today?" asked {toy}. "Because I lost {lost}," said {hero}. "I have looked '
              'everywhere."',
              'Only yesterday {hero} had lost {lost} and cried about it. "I know where it is," said {toy}. "I see a '
              'lot from my place."')
    world.say("{Toy} was small enough to crawl where {hero} could not. {Toy.he} looked under the rug and met a "
              "surprised beetle.",
              "They lit a [candle stump|small lamp] and searched. {Toy} crawled into every dusty corner.")
    world.say('"Nothing here," {toy.he} called. "Nothing there. But what is that?" It was {nook}.',
              "Then they came to the darkest spot of all. Something glittered {nook}.")
    world.say("{Toy} reached as far as {toy.he} could and pulled it out. {The_lost} was covered with dust, but it was "
              "not broken.",
              "With a tug and a grunt, {toy} got it out. It was {the_lost}!")
    world.say('{Hero} jumped for joy. "How can I ever thank you?" "[Dance with me|Play with me]," said {toy}, "until '
              'the night is over."',
              "{Hero} spun {toy.him} around, and they danced on the rug.")
    world.new_paragraph()
    world.fact("Where was {the_lost}?", "It was {nook}.")


def toy_comforts(world):
    world["fear"], world["reason"], world["advice"] = world.pick(
        ("a new school", "{hero.he} knew nobody there", "Look for someone who is alone and say hello"),
        ("the thunder", "it sounded like angry giants", "Count the seconds, and you will hear it walk away"),
        ("the dark stairs", "they creaked at night", "Give each step a funny name and greet it"),
        ("the school play", "{hero.he} had to speak before a crowd", "Look at one friendly face and talk only to that "
            "face"),
        ("the swimming lesson", "the water was so deep", "Lie on your back and pretend to be a leaf"))
    world["proof"] = "a tiny note under the pillow, with two words on it: be brave"
    world.ask("{hero.a} who was afraid of {fear}", "a toy that gave good advice")
    world.say('"I know that you are afraid of {fear}," said {toy}. {Hero} nodded, because {reason}.',
              "They talked and talked. In the end {hero} said what was wrong. {Hero.he} was afraid of {fear}, because "
              "{reason}.")
    world.say('"I was afraid too," said {toy}, "when I stood alone in the toy shop. Then you came."',
              '{Toy} did not laugh. "Everyone fears something," {toy.he} said. "I am afraid of moths, because they eat '
              'wool."')
    world.say('"What can I do?" asked {hero}. "I have a trick," said {toy}. "{Advice}."',
              '{Toy} whispered into {hero.his} ear, "{Advice}. It works, I promise."')
    world.say("They practiced until the stars grew pale and {hero} was no longer afraid.",
              "{Hero} tried it in {hero.his} head, and {hero.his} stomach stopped aching.")
    world.new_paragraph()
    world.fact("What was {hero.name} afraid of?", "{Hero.name} was afraid of {fear}.")
    world.fact("What advice did {toy.name} give?", '{Toy.name} said, "{Advice}."')


def snowman_alive(world):
    start(world, somebody(world))
    hero = world["hero"]
    gender = other_gender(world, hero)
    name = world.pick(None, "Big Bill", "Mister Flake", "Crunch", "Plop", "Snip") if gender == "he" else world.pick(
        "Icy", "Madam Flake", "Winter", "Snowdrop", "Pearl")
    world["snow"] = character(world, "snowman" if gender == "he" else "snow lady", gender, name)
    world["nose"] = world.pick("a carrot", "a pine cone", "a red pepper", "a clothespin", "a radish", "an old cork")
    world["the_nose"] = definite(world["nose"])
    cap = world["cap"] = colored(world, world.pick("hat", "scarf", "shawl", "cap"))
    world["on"] = "around its neck" if cap.kind in ("scarf", "shawl") else "on its head"
    world.ask("{hero.a} and {snow.a}", "{snow.a} that came alive", "{snow.a} with {cap.a}", "{hero.a} who built "
        "{snow.a}", "a winter day")
    world.say("It had snowed all night, and the world was as white as milk. {Newcomer} ran out and built {snow.a}.",
              "{Newcomer} rolled one big ball, one middle ball and one small ball. Soon {snow.a} stood in front of the "
              "house.",
              "On the coldest day of the year, {newcomer} [had nobody to play with|felt lonely], so {hero.he} built "
              "{snow.a}.",
              '"Snow!" shouted {newcomer} and jumped out of bed. Before breakfast, {hero.he} had built {snow.a}.')
    world.say("It got {nose} for a nose, and {cap.a} {on}.", "For a nose {hero.he} took {nose}, and {hero.he} put "
        "{cap.a} {on}.")
    if name:
        world.say('"I will call you {snow.own_name}," said {hero}.', "It looked so [friendly|real] that {hero} named "
            "it {snow.own_name}.")
    world.say("When {hero} breathed on its cold cheek, {snow.the} [blinked|sneezed] and said, \"Good day!\"",
              '"If only you could talk," sighed {hero}. "But I can," said a crackly voice. It was {snow.the}!',
              "At midnight the moon touched {cap.the}, and {snow.the} came alive. \"Come out and play,\" {snow.he} "
              "called at the window.")
    world.say("They [slid|skated] on the pond, threw snowballs at a [fence post|tree stump] and laughed a lot.",
              "{Snow} taught {hero} to make [snow angels|ice marbles], and {hero} taught {snow} to "
                      "[whistle|hop on one foot].", "They had a lot of fun, and {hero} was lonely no more.")
    world.new_paragraph()
    course = world.pick("mountain", "melts", "hero lost", "gives nose")
    if course == "mountain":
        world["cold"] = world.pick("the ice cave on the mountain", "the deep cellar under the castle",
            "the valley where winter never ends",
                                   "the shadow of the glacier")
        world["ride"] = world.pick("a sled", "an old wheelbarrow", "a hay cart", "a flat handcart")
        world.ask("{snow.a} that was afraid of melting")
        world.say("But one day the wind was warm, and drops [ran down|dripped from] {snow.name}'s face. \"I am "
                  "melting,\" {snow.he} said. \"I am afraid.\"",
                  "Then the icicles began to drip. \"Spring is coming,\" said {snow} sadly, \"and I will become a "
                  "puddle.\"")
        world.say('"I will not let that happen," said {hero}. "I know a cold place: {cold}."',
                  "{Hero} thought hard. Where is it always cold? \"I know! In {cold}!\" {hero.he} cried.")
        world.say("{Hero.he} put {snow} on {ride} and covered {snow.him} with [wet sacks|fir branches]. Then {hero.he} "
                  "pulled and pushed, all day long.",
                  "They set out at once with {ride}. {Snow} became smaller with every mile, and {hero} went faster and "
                  "faster.")
        world.say("They arrived at the last minute. {Snow} was only half as big as before, but {snow.he} was "
                  "[safe|cool and happy].",
                  "In {cold} the air was icy. {Snow} sighed happily, and {hero} patched {snow.him} up with fresh snow.")
        world.new_paragraph()
        world.say('"Keep {cap.the} for me," said {snow}. "When the first flake falls, bring it, and I will come home '
                  'with you."',
                  "{Hero} left {cap.the} with {snow.him} as a [sign|promise]. \"See you next winter!\" {hero.he} "
                  "called.")
        world.say("All summer {hero} looked at the calendar. And when the first flake fell, {hero.he} was already on "
                  "the way.",
                  "And in the next winter there {snow.he} was again, with {nose} for a nose, waving.")
        world.fact("Where did {hero.name} bring {snow.name}?", "{Hero.name} brought {snow.him} to {cold}.")
    elif course == "melts":
        world.say("Weeks went by. The days became longer, and {snow} became thinner. \"Do not be sad,\" {snow.he} told "
                  "{hero}. \"I am made of water, and water always comes back.\"",
                  "When the first [crocus|snowdrop] peeped out, {snow} said, \"Now I must go. But I will not be gone. "
                  "I will only be water.\"")
        perishable = world["nose"] in ("a carrot", "a radish", "a red pepper")
        world["kept"] = "{cap.the}" if perishable else "{cap.the} and {the_nose}"
        world.say("{Hero} cried, and the tears were warm. \"What shall I do with your things?\" {hero.he} asked. "
                  "\"Keep {kept} for me,\" said {snow}.",
                  '"Promise that you will build me again," said {snow}. "I promise," said {hero}, and they shook on '
                  'it.')
        world.say("One morning there was only a puddle, and {cap.the} lay beside it.",
                  "The sun shone for three days. Then nothing was left but a shiny puddle and {cap.the}.")
        world.new_paragraph()
        world.say("In spring the puddle watered the grass. In summer it went up as mist, and in autumn it was a cloud "
                  "that followed {hero} around.",
                  "{Hero} saw {snow.him} everywhere: in the brook, in the dew, in the gray clouds of autumn.")
        world.say("Then winter came, and it snowed. {Hero} kept {hero.his} word. {Hero.he} built {snow.a}, gave it "
                  "{nose} for a nose and fetched {cap.the}.",
                  "At last the flakes fell again. With a warm heart, {hero} rolled three balls and brought out "
                  "{cap.the}.")
        world.say('{Snow.the} opened {snow.his} eyes. "Hello, old friend," {snow.he} said. "Did you miss me?"',
                  '"You remembered!" said {snow.the} and gave {hero.him} a frosty hug.')
        world.fact("What was left of {snow.name} in spring?", "Only a puddle and {cap.the} were left.")
        world.fact("What did {hero.name} do in the next winter?", "{Hero.name} built {snow.name} again.")
    elif course == "hero lost":
        world["shelter"] = world.pick("a hollow log", "a bend of the frozen brook", "a deep ditch", "the far end of "
            "the wood")
        world.ask("{snow.a} that saved {hero.a}", "a snowstorm")
        world.say("One evening {hero} went out to fetch [firewood|milk], and a snowstorm came up. {Hero} could not see "
                  "the path any more and ended up at {shelter}.",
                  "Then came a storm that blew the snow into tall heaps. {Hero}, who was on the way home, got lost and "
                  "sank in near {shelter}.")
        world.say('"Help!" {hero.he} called, but the wind [swallowed|tore away] the word. {Hero.he} was so tired that '
                  '{hero.he} only wanted to sleep.',
                  "{Hero.his} toes were numb, and {hero.his} teeth chattered. Nobody could hear {hero.him} shout.")
        world.say("But {snow} had noticed that {hero.he} did not come home. A storm cannot hurt someone made of snow, "
                  "so {snow.he} hurried out.",
                  "{Snow} was not afraid of snow at all. When {hero} did not return, {snow.he} rolled into the storm "
                  "like a big ball.")
        world.say("{Hero} saw {cap.a} far off between the flakes. \"Here!\" {hero.he} cried. \"I am here!\"",
                  "First {hero} saw only something {cap.look} in all that white. It was the {cap.kind} of {snow.the}!")
        world.say('"Sit on my back," said {snow} and carried {hero.him} home.', "{Snow} took {hero.him} up in strong, "
            "cold arms and brought {hero.him} to the door.")
        world.new_paragraph()
        world.say("Inside, {hero} drank hot [milk|broth] by the stove. {Snow} watched through the window, because "
                  "{snow.he} could not come in.",
                  "{Hero} wanted to bring {snow.him} in to the fire. \"Better not,\" laughed {snow}. \"But you may "
                  "give me a new nose.\"")
        world.say("The next day {hero} tied a bell to {cap.the}, so that {snow.he} could be heard in any storm.",
                  "From then on {hero} said thank you every morning and polished {the_nose}.")
        world.fact("Who found {hero.name} in the storm?", "{Snow.name} found {hero.him} in the storm.")
    else:
        hungry = world["hungry"] = being(
            world, "rabbit mouse sparrow hen hedgehog squirrel".split(), unlike=world["snow"], named=0)
        world["meal"] = world.pick("the oats", "the bread", "a bowl of barley", "a handful of seeds")
        world.ask("{snow.a} and {hungry.a}", "{hero.a}, {hungry.a} and {snow.a}", "a kind {snow.kind}")
        world.say("One icy day, {hungry.a} came by. \"I am so cold,\" {hungry.he} said, \"and I have found no food for "
                  "two days.\"",
                  "A thin {hungry.kind} limped through the snow. {Hungry.he} was shaking, and {hungry.his} feet were "
                  "blue.")
        world.say('"Take {cap.the}," said {snow} at once. "It will keep you warm, and I like to be cold."',
                  "{Snow} bowed and laid {cap.the} at the feet of the {hungry.kind}. \"Wrap this around you,\" "
                  "{snow.he} said.")
        world.say("{Hero} saw that and was moved. {Hero.he} ran inside and brought {meal} for the guest.",
                  '"And I have something to eat," said {hero} and came back with {meal}.')
        world.say("The {hungry.kind} ate every bit and fell asleep under the {cap.kind}, safe and warm.",
                  "Soon the {hungry.kind} stopped shaking. \"I will not forget this,\" {hungry.he} promised.")
        world.new_paragraph()
        world.say("When the sun grew strong, the {hungry.kind} came back and heaped cool snow from the shady side "
                  "around {snow.the} each day.",
                  "Later, when {snow} began to drip, the {hungry.kind} called all {hungry.his} cousins, and they "
                  "fanned {snow.him} with twigs.")
        world.say("So {snow} stayed longer than any other {snow.kind} in the land, and {hero} had a friend until the "
                  "cherry trees bloomed.",
                  '"You kept me warm, and now I keep you cold," said the {hungry.kind}, and all three of them laughed.')
        world.fact("Who was hungry?", "{Hungry.a} was hungry.")
        world.fact("What did {snow.name} give away?", "{Snow.name} gave away {cap.the}.")
    world.fact("What did {snow.name} have for a nose?", "{Snow.name} had {nose} for a nose.")
    world.fact("What color was the {cap.kind}?", "The {cap.kind} was {cap.look}.")


# A kind fairy.

# where the fairy's trouble is, what was broken, what it is mended with, how
FAIRY_TROUBLES = [
    ("{fairy.his} wing was torn", "a thread of spider silk and a drop of glue", "stitched up the wing with spider "
        "silk"),
    ("{fairy.his} wand had snapped in two", "a splint and a piece of string", "tied a tiny splint around the wand"),
    ("{fairy.his} shoe was lost in the mud", "half of a nutshell", "made a new shoe from half of a nutshell"),
    ("{fairy.he} was soaked by the rain and could not fly", "a warm sock", "dried {fairy.him} in a warm sock"),
    ("a thorn was stuck in {fairy.his} foot", "a pair of tweezers", "drew the thorn out with one quick pull"),
]

# worry, the plain thing given as magic, how the day went
WORRIES = [
    ("had to sing in front of everybody and was afraid", "a brass button", "sang so clearly that the whole crowd was "
        "silent",
     "sang in front of everybody"),
    ("wanted to swim across the pond but did not dare", "a smooth pebble", "swam all the way across, stroke by stroke",
     "swam across the pond"),
    ("was too shy to talk to the new neighbors", "a pressed flower", "knocked, said hello and was asked in for cake",
     "talked to the new neighbors"),
    ("could not ride a bike without falling", "a piece of blue string", "rode down the whole lane without a wobble",
     "rode a bike down the lane"),
    ("had to recite a long poem and always forgot the middle", "a feather", "said every line, even the hard ones in "
        "the middle",
     "recited the poem"),
    ("wanted to climb to the tree house but got dizzy", "a wooden bead", "climbed up, rung after rung, and looked out "
        "over the roofs",
     "climbed to the tree house"),
]

# a job fairies do, how the hero does it, how one saw it
JOBS = [
    ("paint the morning glories blue", "with a tiny brush and a pot of sky", "every morning glory was blue, although a "
        "few had stripes"),
    ("hang dewdrops on all the spider webs", "with a bucket made of an acorn cup", "a thousand dewdrops sparkled in "
        "the sun"),
    ("wake up the bees", "by knocking softly at each hive", "the bees came out, yawned and began to hum"),
    ("sprinkle sweetness on the strawberries", "with a salt shaker full of sugar dust", "the strawberries had never "
        "tasted so good"),
    ("tune the crickets", "with a fork and a good ear", "the crickets played in perfect harmony"),
    ("bring a good dream to every baby in town", "with a sack of soft, glowing dreams", "all the babies smiled in "
        "their sleep"),
]


def kind_fairy(world):
    start(world, somebody(world))
    hero = world["hero"]
    gender = other_gender(world, hero)
    names = {"she": ["Thistledown", "Primrose", "Tansy", "Dewdrop", "Marigold"],
             "he": ["Basil", "Sorrel", "Burdock", "Bilberry", "Larkspur"]}
    name = fresh_name(world, gender) if world.chance(0.4) else world.pick(*names[gender])
    fairy = world["fairy"] = character(world, "fairy", gender, name)
    fairy.rng = FixedName()
    world["place"] = place_of(world, *"forest garden meadow lake hill pond valley orchard farm park".split())
    world["color"] = world.pick("yellow", "purple", "blue", "orange", "silver", "pink", "green")
    world["dress"] = world.pick("a dress of {color} petals", "a {color} cloak", "a {color} hat like a bell",
        "tiny {color} boots")
    world.ask("{hero.a} and a fairy", "{hero.a} and a kind fairy", "a fairy and {place.a}", "{hero.a} and {place.a}",
              "a fairy named {fairy.own_name}")
    course = world.pick("mend", "courage", "job", "test")
    {"mend": fairy_mended, "courage": fairy_courage, "job": fairy_job, "test": fairy_test}[course](world)
    world.fact("What was the name of the fairy?", "The name of the fairy was {fairy.own_name}.")


class FixedName:
    """Instead of the random numbers: makes a character be called by name each time."""

    def random(self):
        return 1.0

    def choice(self, choices):
        return choices[0]


def fairy_mended(world):
    world["trouble"], world["tools"], world["mending"] = world.pick(*FAIRY_TROUBLES)
    world["need"], world["help"] = world.pick(
        ("got lost in a thick fog", "A trail of {color} sparks appeared and led {hero.name} straight home"),
        ("dropped a basket of eggs", "Each egg stopped in the air, just above the stones, and floated back into the "
                                     "basket"),
        ("fell into a deep hole", "{Color} flowers grew out of the wall, one above the other, and made a ladder"),
        ("was caught in a hailstorm", "A huge {color} toadstool sprang up and made a roof over {hero.name}"))
    world.ask("{hero.a} who helped a fairy")
    world.say("[One morning|After a stormy night], {newcomer} heard somebody weep {place.at}.",
              "{Newcomer} was on the way home when something {color} shone {place.at}.",
              '"Ouch, ouch, ouch!" It came from {place}. {Newcomer} went to see who was in pain.')
    world.say("It was a fairy, not bigger than a thumb, in {dress}. The name of the fairy was {fairy}, and {trouble}.",
              'There sat a fairy in {dress}. "I am {fairy}," {fairy.he} sobbed. {Hero} saw at once that {trouble}.')
    world.say('"[Do not cry|Hold still]," said {hero}. "I can [fix that|help you]."',
              "{Hero} was not a doctor, but somebody had to do something.")
    world.new_paragraph()
    world.say("{Hero} found {tools}. [With great care|Holding {hero.his} breath], {hero} {mending}.",
              "All it took was {tools}. {Hero} worked slowly and {mending}.")
    if "wing" in world["trouble"] or "thorn" in world["trouble"]:
        world.say('"Does it hurt?" asked {hero}. "Only a little," {fairy} said bravely.',
                  "{Fairy} clenched {fairy.his} teeth and did not make a sound.", "")
    world.say('"You are very kind," said {fairy}. "I have no gold. But if you are ever in need, whistle twice."',
              '"A fairy never forgets," said {fairy}. "When you need me, whistle twice, and I will hear it."')
    world.say("{Hero} smiled and did not think about it any more.", "Then {fairy} waved good-bye, and {hero} went on "
        "with the day.")
    world.new_paragraph()
    world.say("[A month later|In the autumn], {hero} {need}. {Hero.he} remembered the fairy's words and whistled "
              "twice.",
              "Time passed. Then one day {hero} {need}. What now? {Hero} whistled once, and then again.")
    world.say("{Help}.", "At first it was silent. Then there was a tinkle in the air. {Help}.")
    world.say('"Now we are even," said a tiny voice. "No," said {hero}, "now we are friends."',
              "And there {fairy} was, still in {dress}, and {fairy.his} eyes were shining. \"I told you so,\" "
              "{fairy.he} said.")
    world.fact("What was wrong with the fairy?", "{Trouble}.")
    world.fact("How many times did {hero.name} whistle?", "{Hero.name} whistled twice.")


def fairy_courage(world):
    world["worry"], world["token"], world["success"], world["deed"] = world.pick(*WORRIES)
    world["the_token"] = definite(world["token"])
    world.ask("{hero.a} who found courage", "a fairy and {token}", "{hero.a} and {token}")
    world.say("{Newcomer} sat {place.at} and sighed. {Hero.he} {worry}.",
              "Once upon a time there was {newcomer} who {worry}. One evening, {hero.he} went {place.to} to be alone.")
    world.say("A [beetle|leaf] fell from above, and behind it came a fairy in {dress}. \"I am {fairy},\" said the "
              "fairy. \"Why so gloomy?\"",
              'Something {color} fluttered around {hero.his} head. It was a fairy in {dress}. "My name is {fairy}," '
              'said the fairy. "What is the matter?"')
    world.say("{Hero} told {fairy.him} everything. {Fairy} listened [with great care|and nodded].",
              '"I am not brave enough," said {hero} and told {fairy.him} the whole story.')
    world.say('"Take this," said {fairy} and gave {hero.him} {token}. "It is full of courage. Hold it tight, and '
              'nothing can stop you."',
              '{Fairy} pulled {token} out of {fairy.his} bag. "Here is some magic," {fairy.he} said. "Whoever carries '
              '{the_token} is brave."')
    world.new_paragraph()
    world.say("The next day, {hero} held {the_token} so tightly that it became warm. {Hero.his} heart hammered, but "
              "{hero.he} {success}.",
              "When the time came, {hero.s} knees were like butter. But {hero.he} touched {the_token}, and then "
              "{hero.he} {success}.")
    world.say("Everyone [clapped|cheered], and {hero} [glowed|beamed] with pride.", "\"I did it!\" {hero} shouted. \"I "
        "really did it!\"")
    world.new_paragraph()
    world.say("That evening {hero} ran {place.to} to thank the fairy. \"Your magic is very strong,\" {hero.he} said.",
              '{Hero} found {fairy} again {place.at}. "Here is your magic back," {hero.he} said. "It worked!"')
    world.say('{Fairy} laughed. "There is no magic in it. I found it [on the road|in the dust]. The courage was yours '
              'all along."',
              '"Magic?" said {fairy} and winked. "That is just {token}. You did it all by yourself."')
    world.say("{Hero} stared at {the_token} for a long time. Then {hero.he} gave it to [a small child|a little mouse] "
              "who was afraid of the dark. \"It is full of courage,\" {hero.he} said.",
              "{Hero} kept {the_token} anyway. It was not magic, but it was a good thing to remember.",
              '"Then I can be brave again," said {hero} slowly. "[As often as you like|Every day]," said {fairy}.')
    world.fact("What did the fairy give to {hero.name}?", "The fairy gave {hero.him} {token}.")
    world.fact("What did {hero.name} do in the end?", "{Hero.name} {deed}.")


def fairy_job(world):
    world["job"], world["means"], world["outcome"] = world.pick(*JOBS)
    world["illness"] = world.pick("a terrible cold", "a swollen ankle", "the hiccups", "a fever", "a stomach ache from "
        "too much nectar")
    world["reward"] = world.pick("a tiny {color} lamp that never goes out", "a {color} seed that grows overnight",
                                 "a pinch of {color} flying dust", "a song that only the two of them know")
    world.ask("{hero.a} who did a fairy's work", "a fairy with {illness}")
    world.say("{Place.at}, inside an old [teapot|lantern|flower pot], lived a fairy called {fairy}. {Newcomer} was a "
              "good friend and often came by.",
              "{Newcomer} had a secret. {Hero.he} knew a fairy called {fairy} who lived {place.at} and wore {dress}.")
    world.say("One evening, {fairy} lay in bed with {illness}. \"[Oh, this is bad|This is dreadful],\" {fairy.he} "
              "[croaked|groaned]. \"I have to {job} before sunrise!\"",
              '"I have {illness}," {fairy} told {hero.him} one night, "and I must {job}. If I do not, the morning will '
              'be spoiled."')
    world.say('"Let me do it," said {hero}. "[You have never done it|It is hard work]," said {fairy}, "but you have a '
              'good heart. Try it."',
              '{Hero} tucked {fairy.him} in and made some tea. "Stay in bed. I will do it for you," {hero.he} said.')
    world.new_paragraph()
    world.say("So {hero} went out into the dark to {job}, {means}.", "All night long, {hero} was busy. {Hero.he} had "
        "to {job}, {means}.")
    world.say("It was harder than {hero.he} had thought. Twice {hero.he} slipped, and once {hero.he} nearly [fell "
              "asleep|gave up].",
              "An owl laughed at {hero.him}. \"You are no fairy!\" it hooted. \"No,\" said {hero}, \"but I am a "
              "fairy's friend.\"",
              "{Hero.his} back ached, and the grass was cold and wet. But {hero.he} thought of {fairy} and went on.")
    world.say("When the first light came, the work was done, and {outcome}.", "At sunrise {outcome}.")
    world.new_paragraph()
    world.say("{Fairy} looked out and clapped. \"I could not have done it better myself,\" {fairy.he} said and felt "
              "well again.",
              "By then {fairy} was well again. {Fairy.he} flew out in the morning air and turned three cartwheels.")
    world.say("For a reward, {hero} got {reward}.", '{Fairy} gave {hero.him} {reward}. "[Friends share work|You earned '
        'it]," {fairy.he} said.')
    world.say("From then on, they did it together once a year, on the same night.",
              "{Hero} slept until noon that day and dreamed of {color} wings.")
    world.fact("Why could the fairy not work?", "{Fairy.own_name} had {illness}.")
    world.fact("What did {hero.name} do for the fairy?", "{Hero.name} helped the fairy to {job}.")


def fairy_test(world):
    world["disguise"] = world.pick("an old woman with a heavy sack", "a muddy little dog", "a beggar with bare feet",
        "a wet gray pigeon",
                                   "a tired peddler with a cart")
    world["the_disguise"] = definite(world["disguise"]).split(" with ")[0]
    world["lunch"] = world.pick("the last slice of bread", "half of a sausage roll", "the only pear",
        "a warm bun", "a piece of cheese")
    world["the_lunch"] = definite(world["lunch"])
    world["prize"] = world.pick("a bag that is never empty", "a flute that makes everyone smile", "a cloak that keeps "
        "off any rain",
                                "a lamp that burns without oil", "a seed from which a plum tree grows in one night")
    world.ask("{hero.a} who shared {hero.his} lunch", "a fairy in disguise", "{hero.a} and {disguise}")
    world.say("{Newcomer} was very hungry. All {hero.he} had was {lunch}, and {hero.he} wanted to eat it {place.at}.",
              "On a hot and dusty day, {newcomer} stopped {place.at} to rest. {Hero.he} had {lunch} in {hero.his} bag "
              "and nothing else.")
    world.say("Before the first bite, {hero.he} saw {disguise}.", "Then {disguise} came along the path and stopped.")
    world.say('"I have eaten nothing since yesterday," said {the_disguise}.', '"Could you spare a crumb?" asked '
        '{the_disguise} in a weak voice.')
    world.say("Three others had [walked by|passed] and had looked the other way.", "A rich merchant had just driven by "
        "and had not even slowed down.", "")
    world.new_paragraph()
    world.say("{Hero.s} stomach growled. {Hero.he} looked at {the_lunch}, and then at {the_disguise}.",
              "{Hero} thought about it for a moment, because {hero.he} was hungry too.")
    world.say('"Let us share," {hero.he} said and gave away [the bigger half|more than half] of it.',
              '"Take all of it," {hero.he} said. "I can eat at home tonight."')
    world.say("{The_disguise} ate it up, and with the last crumb there was a {color} flash.", "As soon as "
        "{the_disguise} had swallowed the last bite, the air began to glow.")
    world.say("There stood a fairy in {dress}. \"I am {fairy},\" said the fairy. \"I was looking for one kind heart, "
              "and today I found it.\"",
              "{The_disguise} was gone, and a fairy in {dress} hung in the air. \"Do not be afraid,\" said the fairy. "
              "\"I am {fairy}.\"")
    world.new_paragraph()
    world.say("{Fairy} gave {hero.him} {prize}.", '{Fairy} reached into the air and pulled out {prize}. "This is for '
                                                  'you," she said.')
    world.say("{Hero} could have kept it hidden, but {hero.he} used it for the whole village.",
              '"May I share this too?" asked {hero}. {Fairy} smiled. "I was sure that you would ask," {fairy.he} said.')
    world.say("And whenever a stranger came by, {hero} looked twice, for one can never know who it is.",
              "{Hero} never forgot the taste of {the_lunch}, shared with a stranger.")
    world.fact("What did {hero.name} share?", "{Hero.name} shared {the_lunch}.")
    world.fact("Who was {the_disguise} really?", "It was the fairy {fairy.own_name}.")
    world.fact("What did the fairy give to {hero.name}?", "The fairy gave {hero.him} {prize}.")


# A door to another world.

# where the door is, how it opens
DOORS = [("behind the old wardrobe in the attic", "turned a rusty key"), ("in the trunk of a hollow oak",
    "knocked three times"),
         ("under the carpet in the hall", "lifted a brass ring"), ("behind a waterfall", "pushed away the ivy"),
         ("at the back of a dusty bookshop", "pulled out a green book"), ("in the garden wall, low down behind the "
             "nettles",
         "whispered please into the keyhole"), ("at the bottom of a dry well", "wiped the mud from the handle")]

# the land, first sight, its trouble, what from home mends it, how, who speaks, thanks
LANDS = [
    ("a land where everything was upside down", "Trees hung from the sky, and fish swam in the clouds",
     "the people kept losing their soup, because it fell out of the bowls", "a tin lid",
     "showed them how to cover the bowls with a lid and drink through a straw", "a cook with a mop"),
    ("a land without any colors", "The grass was gray, the roses were gray, and even the butterflies were gray",
     "the last rainbow had been locked in a tower and nobody knew how to paint a new one", "a box of crayons",
     "drew a rainbow on the gray road, and its colors ran out in all directions", "a gray painter"),
    ("a land where nobody made a sound", "Bells swung without ringing, and dogs barked without barking",
     "the song that wakes all sounds had been forgotten", "a tin whistle",
     "played a song on the tin whistle, and the bells began to ring", "a silent drummer who wrote on a slate"),
    ("a land where it was always night", "Lamps grew on the bushes, and the cows wore nightcaps",
     "the sun had overslept for a hundred years, and no one dared to wake it", "an alarm clock",
     "set the alarm clock beside the sun's bed, and it rang so loudly that the sun sat up", "a sleepy watchman"),
    ("a land of giants", "The daisies were as tall as houses, and a shoe was as big as a boat",
     "the giants' baby would not stop crying because it had a splinter in its thumb", "a pair of tweezers",
     "climbed up on the cradle and pulled the splinter out with the tweezers", "a giant mother"),
    ("the land of lost things", "There were hills of single socks, forests of umbrellas and a lake of buttons",
     "the lost things were sad because they did not know where they belonged", "a ball of string",
     "tied a label to each of them with string and wrote on it where it came from", "a lonely glove"),
    ("a land made of paper", "Paper birds flew over folded hills, and the river was a long blue ribbon",
     "the wind kept tearing the roofs off the houses", "a jar of glue",
     "glued the roofs down, house by house", "a paper queen"),
    ("a land where the clocks ran backward", "Old men became boys, and cakes turned back into flour",
     "no one ever got a birthday present, because the day was over before it began", "a small screwdriver",
     "climbed up the clock tower and turned one little wheel around with the screwdriver", "a boy with a white beard"),
]


def secret_door(world):
    start(world, somebody(world))
    hero = world["hero"]
    world["where"], world["opening"] = world.pick(*DOORS)
    world["door"] = colored(world, "door")
    (world["land"], world["view"], world["trouble"], world["tool"], world["solution"],
     world["speaker"]) = world.pick(*LANDS)
    world["the_tool"] = definite(world["tool"])
    world["the_speaker"] = definite(world["speaker"]).split(" who ")[0].split(" with ")[0]
    world["limit"] = world.pick("before the bell rings nine times", "before the shadow reaches the step",
        "before the candle burns down",
                                "before the owl calls")
    world["sign"] = {"before the bell rings nine times": "the bell began to ring", "before the shadow reaches the step":
                     "the shadow crept toward the step", "before the candle burns down": "the candle began to flicker",
                     "before the owl calls": "the owl shook its feathers and opened its beak"}[world["limit"]]
    world["souvenir"] = world.pick("a leaf of glass", "a silver acorn", "a tiny bell", "a stone that hums",
        "a bottle of evening light")
    world["the_souvenir"] = definite(world["souvenir"])
    world["bag"] = world.pick("pocket", "bag", "basket", "little backpack")
    world.ask("{hero.a} and a secret door", "{hero.a} and {door.a}", "a door to another world", "{hero.a} in {land}",
        "{land}",
              "{hero.a} and {tool}")
    friend = None
    if world.chance(0.35):
        friend = world["friend"] = being(world, WALKERS, unlike=hero, named=1)
        world.ask("{hero.a}, {friend.a} and a secret door", "{hero.a} and {friend.a}")
    world.say("{Newcomer} [was known for|was teased because of] a funny habit: there was always something odd in "
              "{hero.his} {bag}. That day it was {tool}.",
              "One [drizzly|boring|windy] afternoon, {newcomer} was on the way to [lend|bring] {tool} to a neighbor.",
              "In {hero.his} {bag}, {newcomer} carried {tool}. {Hero.he} had [found it in a drawer|borrowed it from an "
              "uncle] that morning.",
              '"Take {tool} with you, one never knows," said the grandmother of {newcomer}, and put it in {hero.his} '
              '{bag}.')
    if friend:
        world.say("{Hero.his} friend {friend.own_name}, {friend.a}, came along.", "With {hero.him} went "
            "{friend.own_name}, {friend.a} and {hero.his} best friend.")
    world.say("{Where}, {hero} found {door.a} that [nobody had ever noticed|had not been there before].",
              "Then {hero.he} saw {door.a}. It was {where}, and it was [no taller than a broom|covered with carved "
              "stars].",
              "What was that? {Where} there was {door.a}, and light came through the keyhole.")
    world.say("{Hero} {opening}, and the door opened with a [creak|sigh|groan]. Above it stood: \"Be back {limit}.\"",
              'On a small sign stood the words: "Be back {limit}." {Hero} was curious. {Hero.he} {opening}, and the '
              'door swung open.')
    world.new_paragraph()
    world.say("Behind it lay {land}. {View}.", "{Hero} [stepped|crawled] through and stood in {land}. {View}.")
    silent = world["speaker"].startswith("a silent")
    world.say("" if silent else '"[I must be dreaming|What a strange place]," said {hero}.', "{Hero} [pinched "
        "{hero.himself}|rubbed {hero.his} eyes], but it was all real.", "", "")
    if silent:
        world.say("Soon {hero.he} met {speaker}. {The_speaker} explained the trouble with a piece of chalk: {trouble}.")
    else:
        world.say("Soon {hero.he} met {speaker}. \"We are in trouble,\" {the_speaker} said. It turned out that "
                  "{trouble}.",
                  "{Speaker} [came running|came closer] and told {hero.him} what was wrong: {trouble}.")
    if friend and silent:
        world.say("{Friend.own_name} poked {hero.him} and pointed at the {bag}. Of course, {the_tool}!")
    elif friend:
        world.say('"You have {tool}!" said {friend.own_name} suddenly. "Of course!" cried {hero}.',
                  "{Friend.own_name} poked {hero.him}. \"Look in your {bag}!\" {friend.he} said.")
    elif silent:
        world.say("{Hero} wanted to help. {Hero.he} thought for a while and then pulled {the_tool} out of {hero.his} "
                  "{bag}.")
    else:
        world.say("{Hero} wanted to help. {Hero.he} thought, and then {hero.he} remembered {the_tool} in {hero.his} "
                  "{bag}.",
                  '"Maybe I have something for that," said {hero} and reached into {hero.his} {bag} for {the_tool}.')
    world.say("{Hero.he} {solution}.", "It took some courage, but {hero.he} {solution}.", "[At once|Without a word], "
        "{hero.he} {solution}.")
    world.say("There was great [joy|rejoicing]. Everyone [danced|threw hats in the air], and {hero} got {souvenir} as "
              "a present.",
              "{The_speaker} [hugged|thanked] {hero.him} again and again and gave {hero.him} {souvenir}.")
    world.new_paragraph()
    world.say("Then {sign}. \"The door!\" cried {hero} and ran.", "But {sign}! {Hero} remembered the sign on the door "
        "and [raced|dashed] back.")
    ending = world.pick("just", "left", "returns")
    if ending == "left":
        world.say("In the rush, {the_tool} stayed behind. {Hero} [slid|jumped] through, and the door closed with a "
                  "bang.",
                  "{Hero} had to drop {the_tool} to run faster. {Hero.he} slipped through at the very last moment.")
        world.say("Now {the_tool} lies in a museum behind {door.the}, and {hero} has {the_souvenir} instead.",
                  "{Hero} did not mind, because {the_tool} was needed more on the other side.")
        world.fact("What did {hero.name} leave behind?", "{Hero.name} left {the_tool} behind.")
    elif ending == "just":
        world.say("{Hero.he} [leaped|dived] through just before it fell shut. When {hero.he} turned around, nothing "
                  "was there any more.",
                  "The door was almost closed. {Hero} squeezed through the gap, and behind {hero.him} the door melted "
                  "away like sugar.")
        world.say("Was it all a dream? No, for {the_souvenir} lay in {hero.his} {bag}, next to {the_tool}.",
                  "{Hero} never found the door again. But {the_souvenir} lies on {hero.his} shelf and glows when it is "
                  "dark.")
    else:
        world.say("{Hero.he} got out in time and closed the door gently.",
                  "{Hero.he} was back in time, although {hero.he} lost a shoe on the way.")
        world.say("Next week {hero} went there again, with {the_souvenir} on a string and a cake for {the_speaker}.",
                  "Now {hero} goes through {door.the} every spring. {Hero.he} always brings {tool}, to be on the safe "
                  "side.")
    world.fact("Where was the door?", "The door was {where}.")
    world.fact("What color was the door?", "The door was {door.look}.")
    world.fact("What did {hero.name} have in {hero.his} {bag}?", "{Hero.name} had {tool}.")
    world.fact("What present did {hero.name} get?", "{Hero.name} got {souvenir}.")
    world.facts = world.rng.sample(world.facts, 4)


PLOTS = [three_wishes, broken_rule, fallen_star, talking_moon, spell_gone_wrong, toy_alive, snowman_alive, kind_fairy,
         secret_door]
