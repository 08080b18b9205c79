"""Makes the token goldens: *.jsonl.gz beside this file, from SentencePiece itself.

    python3 tests/Pipeline/Data/tokens/make_golden.py

Needs SentencePiece's Python package, 0.1.97 (Debian's python3-sentencepiece), the LLaMA-2 model beside this file and the quick
start's in recipes/quickstart. Strings come from this file and a fixed seed, and the archives carry no time: the same version
writes the same bytes. A line of an encode file is [text, ids]; a line of a decode file is [ids, text].
"""

import gzip
import json
import pathlib
import random

import sentencepiece

HERE = pathlib.Path(__file__).resolve().parent
SPACE = "\u2581"

SENTENCES = """
A black cat is asleep on the warm bonnet of a parked car.
Two children in yellow raincoats are jumping over a puddle beside the bus stop.
The man's hat isn't his; he'd borrowed it from his sister-in-law, who doesn't mind.
"Why," she asked, "would anyone put a piano on a frozen lake?"
There are 17 oranges, 3 apples and 1 (very ripe) banana in the bowl - 21 pieces of fruit in all.
In the first image the kite is red; in the second one it's blue, and there's a dog behind the bench.
The skateboarder's at about 45 degrees to the ramp, roughly 1.5 m (4'11") above the ground.
It costs $3.99 per kg, i.e. 15% less than last week's price of EUR 4,70.
The clock on the church tower shows 10:25, so the market probably closed half an hour ago.
e.g. a ladder, a bucket & a brush: everything one needs to paint a wall...
Please describe the picture in detail, e.g. its colours, its mood and what may happen next!
Email someone@example.org or look at https://www.example.org/a_page?id=42&lang=en#top for more.
The quick brown fox jumps over the lazy dog. PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS.
Unfortunately, internationalisation and antidisestablishmentarianism are uncharacteristically long words.
Les élèves ont mangé des crêpes près de la fenêtre, où le garçon naïf dormait déjà.
Der größte Bär überquert die Straße; das Mädchen trägt Äpfel, Öl und süße Brötchen.
El niño comió jalapeños en la montaña. ¿Quién llamó? ¡Qué sorpresa!
Żółta łódź płynie po rzece, a źrebię śpi pod dębem.
Příliš žluťoučký kůň úpěl ďábelské ódy.
Árvíztűrő tükörfúrógép áll a szoba közepén.
Şu çocuğun İstanbul'daki küçük evi ağaçların arasında.
Người đàn ông đang đạp xe trên cầu vào buổi sáng.
Съешь ещё этих мягких французских булок, да выпей чаю.
Щось дивне їде повз ґанок о п'ятій годині.
Ο καφές είναι ζεστός και η θάλασσα ήσυχη σήμερα.
הכלב השחור ישן ליד הדלת הכחולה.
القطة السوداء تنام على السيارة القديمة أمام البيت.
یک دختر کوچک با کتاب قرمز زیر درخت نشسته است.
एक लाल गाड़ी पेड़ के नीचे खड़ी है।
একটি ছোট মেয়ে নদীর ধারে হাঁটছে।
சிறிய பூனை மரத்தின் மேல் இருக்கிறது.
แมวดำตัวหนึ่งนอนอยู่บนรถเก่า
一只黑色的猫在旧汽车上睡觉。图中有三个人。
黒い猫が古い車の上で寝ています。カメラはどこ?
검은 고양이가 낡은 자동차 위에서 자고 있습니다.
კატა სახლის წინ წევს. Կատուն քնած է։ ድመቷ ተኝታለች።
The man 👨‍👩‍👧‍👦 waved 👋🏽 at 🇫🇷 and 🏳️‍🌈; I felt 😀😃🥲 — 100% ✅ … “fine”, ‘ok’ – ½ × ¾ ≠ ∞.
∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, α ∧ ¬β = ¬(¬α ∨ β), ∮E·da = Q, n → ∞, ∑f(i) = ∏g(i)
ﬁne ﬂow Ⅷ ① ㎏ ½ ＡＢＣ　ｄｅｆ ｶﾀｶﾅ ﷺ e\u0301 n\u0303 a\u030a\u0301\u0327 Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d
""".strip().split("\n")

CODE = """
for (int i = 0; i < count; i++) { total += values[i] * 0x1F; } // sum\\n
def area(w, h=None):\\n    return w * (h or w)  # square by default\\n\\n
<div class="box"><p>Hello,&nbsp;world!</p></div>\\r\\n
{"id": 7, "conversations": [{"from": "human", "value": "<image>\\\\nWhat?"}]}\\n
SELECT name, COUNT(*) FROM images WHERE width >= 640 GROUP BY name ORDER BY 2 DESC;
if [[ -f "$HOME/.profile" && ! -z "${NAME}" ]]; then\\n\\t. "$HOME/.profile"; fi
\\\\begin{equation} \\\\frac{\\\\partial L}{\\\\partial w_{ij}} = \\\\sum_k \\\\delta_k x^{(k)}_j \\\\end{equation}
public static async Task<int> RunAsync(string[] args) => await new App(args).GoAsync().ConfigureAwait(false);
##########   ----------   ==========   **********   ________   ........   !!!!!!!!   ????????   ~~~~~~~~
a+=b;c-=d;e*=f;g/=h;i%=j;k<<=l;m>>=n;o&=p;q|=r;s^=t;!!x;--y;++z;~w;@v;`u`;#s;$r;
""".strip().split("\n")

TEMPLATES = [
    "### Image {n}:\n", "\n\n### Question:\n{s}\n\n### Answer:\n", "### Question:\n{s}\n\n### Answer:\n{s}", "\n### Image {n}:\n",
    "### Image {n}:\n<image>\n\n### Question:\n{s}\n\n### Answer:\n{s}", "{s}\n\n### Image {n}:\n", "###{s}###", "{s}\n###\n{s}",
    "## {s}\n\n#### {s}\n\n##### {n}", "In image {n}, {s}", "### Image {n}:\n<image>\n### Image {m}:\n<image>\n\n### Question:\n{s}",
]

MARKS = ["<s>", "</s>", "<unk>", "<image>", "### Image:", "### Image: ", "<0x0A>", "<0xFF>", "<pad>", "[INST]", "<<SYS>>", "<|endoftext|>", "IMAGE#2310"]

RANGES = [
    (0x00, 0x20), (0x7F, 0xA0), (0xA0, 0x250), (0x250, 0x300), (0x300, 0x370), (0x370, 0x530), (0x530, 0x700), (0x900, 0xE00),
    (0x1E00, 0x2000), (0x2000, 0x2070), (0x2070, 0x2400), (0x2500, 0x2800), (0x3000, 0x3100), (0x4E00, 0x9FA6), (0xAC00, 0xD7A4),
    (0xE000, 0xF900), (0xFE00, 0xFE10), (0xFF00, 0x10000), (0x10000, 0x10400), (0x1D400, 0x1D800), (0x1F1E6, 0x1F200), (0x1F300, 0x1FA00),
    (0x20000, 0x20100), (0xE0000, 0xE0080), (0x10FF00, 0x110000),
]


def sentence(draw):
    words = draw.choice(SENTENCES).split(" ") if draw.random() < 0.5 else [draw.choice(draw.choice(SENTENCES).split(" ")) for _ in range(draw.randint(2, 12))]
    start = draw.randrange(max(1, len(words) - 2))
    return " ".join(words[start : start + draw.randint(1, 14)])


def any_characters(draw, count):
    low, high = draw.choice(RANGES)
    return "".join(chr(draw.randrange(low, high)) if draw.random() < 0.9 else draw.choice(" \n\t\u200d\ufe0fa\u0301#") for _ in range(count))


def strings(draw, pieces, share):
    """All kinds of text; `share` of the number of the random ones."""

    def repeat(count):
        return range(max(1, int(count * share)))

    yield from SENTENCES
    yield from CODE
    yield from (line.encode().decode("unicode_escape") for line in CODE)
    yield from MARKS
    yield from ["", " ", "  ", SPACE, "\0", "\n", "\ufeff", "\ufffd", "\uffff", "a", " a", "a ", "  a  b  "]
    for count in range(1, 70):
        yield " " * count
        yield "\n" * count + "x"
        yield "#" * count
        yield "=" * count
        yield "a" * count
        yield "-" * count + " " * count
    for _ in repeat(3500):
        yield sentence(draw)
    for _ in repeat(2500):
        yield draw.choice(TEMPLATES).format(n=draw.randint(1, 30), m=draw.randint(1, 30), s=sentence(draw))
    for _ in repeat(3000):
        yield any_characters(draw, draw.randint(1, 12))
    for _ in repeat(1500):
        yield "".join(draw.choice([" ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", SPACE, "   ", "w", "word", "."]) * draw.randint(1, 4) for _ in range(draw.randint(1, 8)))
    for _ in repeat(1000):
        yield draw.choice(["{}", "-{}", "{} %", "${}.{}", "{}-{}-{}", "{}:{}", "v{}.{}.{}", "{}e{}", "0x{:x}", "{}th", "({}, {})"]).format(*(draw.randrange(10 ** draw.randint(1, 9)) for _ in range(3)))
    for _ in repeat(800):
        line = draw.choice(CODE)
        start = draw.randrange(len(line))
        yield line[start : start + draw.randint(1, 40)]
    for _ in repeat(1200):
        yield "".join(draw.choice([draw.choice(MARKS), sentence(draw)[:12], " ", "\n", SPACE]) for _ in range(draw.randint(1, 5)))
    for _ in repeat(800):
        yield SPACE.join(draw.choice(["", "a", "the", "The cat", "猫", "#", " ", "\n"]) for _ in range(draw.randint(2, 6)))
    for _ in repeat(2000):
        yield "".join(chr(draw.randint(33, 126)) for _ in range(draw.randint(1, 16)))
    for _ in repeat(50):
        alphabet = draw.choice(["ab", "abcdefghijklmnopqrstuvwxyz", "#=-", "etaoin", "猫犬", "0123456789", "\u0301e", "🐈a", "s" + SPACE])
        yield "".join(draw.choice(alphabet) for _ in range(draw.randint(40, 900)))

    # Every piece, between others: merges that lead to it, over it and past it.
    shuffled = draw.sample(pieces, len(pieces))
    for at in range(0, len(shuffled), 4):
        yield "".join(shuffled[at : at + 4])

    # Every character of the basic plane, and some of the others.
    if share == 1:
        points = [point for point in range(0x10000) if not 0xD800 <= point < 0xE000]
        for at in range(0, len(points), 8):
            yield "".join(map(chr, points[at : at + 8]))
        for point in range(0x10000, 0x110000, 1021):
            yield "x" + chr(point) + chr(point + 1) + " y"


def write(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    with open(HERE / name, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=9, mtime=0) as archive:
        archive.write(text.encode())
    print(f"{name}: {len(rows)} lines, {(HERE / name).stat().st_size} bytes")


def make(name, path, share):
    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    pieces = [model.id_to_piece(id) for id in range(model.vocab_size())]
    texts = list(dict.fromkeys(strings(random.Random(11), pieces, share)))
    write(f"{name}-encode.jsonl.gz", [[text, model.encode(text)] for text in texts])

    draw = random.Random(12)
    rows = []
    for _ in range(int(3000 * share)):
        ids = []
        for _ in range(draw.randint(0, 12)):
            kind = draw.random()
            if kind < 0.1:
                ids.append(draw.randrange(3))
            elif kind < 0.45:
                ids.extend(byte + 3 for byte in draw.choice(["é", "猫", "🐈", "\n", "\ufffd"]).encode()[: draw.randint(1, 4)])
            elif kind < 0.55:
                ids.append(draw.randrange(3, 259))
            elif kind < 0.65:
                ids.append(model.piece_to_id(draw.choice([SPACE, SPACE * 2, SPACE + "a"])))
            else:
                ids.append(draw.randrange(model.vocab_size()))
        rows.append([ids, model.decode(ids)])
    write(f"{name}-decode.jsonl.gz", rows)


make("llama2", HERE / "llama2-tokenizer.model", 1)
make("quickstart", HERE.parents[3] / "recipes" / "quickstart" / "tokenizer.model", 0.1)
