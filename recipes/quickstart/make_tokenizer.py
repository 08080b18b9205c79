"""Trains the quick start's tokenizer: tokenizer.model beside this file.

    python3 recipes/quickstart/make_tokenizer.py

Needs SentencePiece's Python package, 0.1.97 (Debian's python3-sentencepiece). The text is generated here from a fixed seed, one
thread trains, and no path is stored, so the same version writes the same bytes. Settings are those of LLaMA's tokenizer, with a
vocabulary of 1,500 pieces: small enough that a model of a few million parameters spends its weights elsewhere.
"""

import io
import pathlib
import random

import sentencepiece

SENTENCES = 12_000
SHAPES = "circle square triangle star rectangle diamond pentagon hexagon cross ring heart ellipse".split()
COLOURS = "red green blue yellow orange purple pink brown black white grey gray cyan magenta".split()
SIZES = "small large big tiny medium".split()
NUMBERS = "no one two three four five six seven eight nine ten".split()
PLACES = [
    "left of", "right of", "above", "below", "between", "next to", "behind", "in front of", "inside", "near", "beside",
    "to the left of", "to the right of", "on the left side of", "on the right side of",
]
CORNERS = ["top left", "top right", "bottom left", "bottom right", "centre", "center", "upper", "lower", "middle"]
BACKGROUNDS = ["background", "scene", "picture", "image", "first image", "second image", "third image", "drawing"]
TEMPLATES = [
    "What colour is the {size} {shape}?", "What color is the {shape} {place} the {colour} {shape}?",
    "The {size} {shape} is {colour}.", "It is {colour}.", "{Colour}.", "Yes, there is a {colour} {shape}.", "No, there is not.",
    "How many {shape}s are there in the {scene}?", "There are {number} {shape}s.", "There are {digit} {colour} {shape}s in the {scene}.",
    "How many objects are {colour}?", "{Number} of them are {colour}.", "Is there a {colour} {shape} in the {scene}?",
    "Where is the {colour} {shape}?", "The {colour} {shape} is {place} the {size} {shape}.",
    "Which shape is {place} the {colour} {shape}?", "Which object is the largest?", "Which is the smallest {shape}?",
    "The {shape} is in the {corner} of the {scene}.", "What is in the {corner} corner?", "A {size} {colour} {shape}.",
    "The {colour} {shape} is between the {colour} {shape} and the {colour} {shape}.",
    "Describe the {scene}.", "Please describe the image in detail.", "The {scene} shows {number} shapes: a {colour} {shape}, a {size} {shape} and a {colour} {shape}.",
    "Are there more {shape}s than {shape}s?", "What is the difference between the two images?", "What has changed?",
    "In the {scene} the {shape} is {colour}, but in the {scene} it is {colour}.",
    "The {shape} has moved from the {corner} to the {corner}.", "A {colour} {shape} was added.", "The {colour} {shape} was removed.",
    "What do the images have in common?", "Both images show a {colour} {shape}.", "The background is {colour}.",
    "Can you tell me more about the {shape} in image {digit}?", "In image {digit}, the {size} {shape} is {place} the {shape}.",
    "What should I draw next?", "Why does it stand out?", "Because it is the only {colour} {shape} in the {scene}.",
    "User: what is {place} it?", "Assistant: the {colour} {shape}.", "### Image {digit}:", "### Question:", "### Answer:",
]
SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user provides, "
    "and assist the user with a variety of tasks using natural language."
)
WORDS = """
a able about above across act add after again against age ago air all almost along already also always am among an and animal
another answer any anything appear are area arm around as ask at away baby back bag ball bank bar base basket bat be beach bear
beautiful became because bed been before began begin behind being believe below bench best better between bicycle big bike bird
bit board boat body book both bottle bottom bowl box boy bread break bridge bright bring broken brother brought build building
built bus business but buy cake call came camera can car card care carry case cat catch cause chair change check child children
choose city class clean clear clock close clothes cloud coat coffee cold come common company compare complete computer consider
contain content continue control cook corner correct could count country couple course cover cow cross crowd cup cut dark day deep
describe design desk detail different dinner direction dish distance do does dog done door down draw dress drink drive drop dry
during each early earth east easy eat edge effect egg either else empty end enjoy enough enter even evening event ever every
everyone everything exact example eye face fact fall family far farm fast father feel feet fell fence few field fill final find
fine finger finish fire first fish floor flower fly follow food foot for force forest forget form forward found four free fresh
friend from front fruit full game garden gave general get girl give glass go gold gone good got grass great green ground group
grow guess guitar had hair half hand happen happy hard has hat have he head hear heat heavy held help her here high hill him his
hit hold hole home horse hot hour house how however huge human hundred idea if image imagine important in include indoor inside
instead interest into is island it its job join jump just keep key kind kitchen knew know lady lake lamp land language large last
late later laugh lay lead leaf learn least leave left leg less let letter level lie life light like line list listen little live
long look lost lot love low lunch made main make man many map mark market match material matter may maybe me mean measure meat
meet men might mile milk mind minute mirror miss moment money month moon more morning most mother mountain mouth move much music
must my name nature near need never new news next night nose not note nothing notice now number object of off office often oil old
on once only open or orange order other our out outdoor outside over own page paint pair paper park part pass past path pattern
people perhaps person phone picture piece pizza place plain plan plane plant plate play please point pole pool position possible
pretty problem product provide pull push put question quick quiet quite rain ran reach read ready real reason red remember rest
result ride right river road rock roof room round row rule run safe said same sand sat save saw say scene school sea season seat
second see seem sell send sentence set several shade shadow shape share she sheep ship shirt shoe shop short should show side sign
simple since sing sister sit sky sleep slow small smile snow so soft some something sometimes soon sound south space speak special
stand star start state station stay step still stone stop store story straight street strong such suggest summer sun support sure
surface surfboard swim table take talk tall task teach team tell test than thank that the their them then there these they thing
think this those though thought three through time to today together told too took top touch toward town toy track traffic train
travel tree truck true try turn two type umbrella under understand until up upon use user usual variety vase very view visual
vision voice wait walk wall want warm was watch water way wear weather week well went were west what wheel when where which while
white who whole why wide will win wind window winter wish with without woman women wood word work world would write wrong year yes
yet you young your zebra zoo
""".split()


def sentence(draw):
    if draw.random() < 0.25:
        text = " ".join(draw.choice(WORDS) for _ in range(draw.randint(3, 12)))
        return text[0].upper() + text[1:] + draw.choice(".?!")
    if draw.random() < 0.01:
        return SYSTEM
    text = draw.choice(TEMPLATES)
    while "{" in text:
        start, end = text.index("{"), text.index("}")
        name = text[start + 1 : end]
        word = {
            "shape": SHAPES, "colour": COLOURS, "size": SIZES, "number": NUMBERS, "place": PLACES, "corner": CORNERS,
            "scene": BACKGROUNDS, "digit": [str(number) for number in range(1, 13)],
        }[name.lower()]
        chosen = draw.choice(word)
        text = text[:start] + (chosen.capitalize() if name[0].isupper() else chosen) + text[end + 1 :]
    return text


def line(draw):
    """A sentence, often in quotation marks: in a conversation the first word follows a newline, not a space, and must be known so too."""
    text = sentence(draw)
    return f'"{text}"' if draw.random() < 0.4 else text


def main():
    draw = random.Random(20)
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line(draw) for _ in range(SENTENCES)]),
        model_writer=model,
        model_type="bpe",
        vocab_size=1500,
        normalization_rule_name="identity",
        add_dummy_prefix=True,
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        byte_fallback=True,
        character_coverage=1.0,
        max_sentencepiece_length=12,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    pathlib.Path(__file__).with_name("tokenizer.model").write_bytes(model.getvalue())


if __name__ == "__main__":
    main()
