"""When two spellings are one name: the folding that search and matching share."""

from portal.guests.names import fold, has_surname, is_one_name, may_be_one_name, words
from portal.guests.rules import Person, Proof, owner_is_guest, split_name
from tests.support.tables import each_row


@each_row(
    "name, folded",
    [
        ("Østergård", "ostergard"),
        ("Łukasz Đặng", "lukasz dang"),
        ("Æthelþryð", "aethelthryd"),
        ("Straße", "strasse"),
        ("IŞIL ışık İnci", "isil isik inci"),
        ("Nguyễn Thị Hương", "nguyen thi huong"),
        ("Nguye\u0302\u0303n", "nguyen"),
        ("Renée", "renee"),
        ("Rene\u0301e", "renee"),
        ("\uff32\uff45\uff4e\uff45", "rene"),
        ("O'Brien", "obrien"),
        ("O\u2019Brien", "obrien"),
        ("O\u00b4Brien", "obrien"),
        ("Anne-Marie", "anne marie"),
        ("Anne\u2010Marie", "anne marie"),
        ("J.R. Smith, Jr.", "j r smith jr"),
        ("مُحَمَّد", "محمد"),
        ("محـمد", "محمد"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("علی", "علي"),
        ("شָׁלוֹם".replace("ش", "ש"), "שלום"),
        ("Γιώργος", "γιωργοσ"),
        ("ΓΙΏΡΓΟΣ", "γιωργοσ"),
        ("Алёна Йодко", "алена иодко"),
        ("ﾔﾏﾀﾞ", "やまだ"),
        ("ヤマダ", "やまだ"),
        ("やまだ", "やまだ"),
        ("やまた", "やまた"),
        ("김철수", "김철수"),
        ("ไม้เอก", "ไมเอก"),
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("सुनीता", "सुनीता"),
        ("फ़िरोज़", "फिरोज"),
        ("भक्त", "भक्त"),
        ("Anna 🙂", "anna 🙂"),
        ("❤️", "❤"),
        ("٠١٢ Anna", "012 anna"),
        ("A\u200bn\u00adna", "anna"),
        ("!?%_\\", ""),
        ("\u0301", ""),
        ("\ud800", ""),
    ],
)
def test_a_name_is_folded(name, folded):
    assert fold(name) == folded


@each_row(
    "name, parted",
    [
        ("王小明", ["王小明"]),
        ("王 小明", ["王小明"]),
        ("クリストファー・ジョンソン", ["くりすとふぁーじょんそん"]),
        ("David 王 小明", ["david", "王小明"]),
        ("김 철수", ["김철수"]),
    ],
)
def test_east_asian_words_are_one(name, parted):
    assert words(name) == parted


SAME = [
    ("Søren Østergård", "Soren Ostergard"),
    ("Łukasz Wiśniewski", "LUKASZ WISNIEWSKI"),
    ("Zoë Strauß", "Zoe Strauss"),
    ("Anne-Marie Smith", "Anne Marie Smith"),
    ("Anne-Marie Smith", "Annemarie Smith"),
    ("Fiona Mc Donald", "Fiona McDonald"),
    ("Xiao-Ming Wang", "Xiaoming Wang"),
    ("Daniel O'Reyes", "Daniel O\u2019Reyes"),
    ("Daniel O Reyes", "Daniel OReyes"),
    ("Smith, John", "John Smith"),
    ("John Smith, Jr.", "John Smith Jr"),
    ("王小明", "小明 王"),
    ("王 小明", "小明 王"),
    ("王小明", "王 小明"),
    ("김철수", "철수 김"),
    ("ヤマダ タロウ", "やまだたろう"),
    ("مُحَمَّد علي", "محمد على"),
]
OTHERS = [
    ("John Smith", "John Smith Jr."),
    ("John Smith Sr.", "John Smith Jr."),
    ("Ann Elee", "Anne Lee"),
    ("Anna Smith", "Anna Smith-Jones"),
    ("Mr J Smith", "Mrs J Smith"),
    ("John Smith", "Smith John"),
    ("王小明", "小明王"),
    ("王小明", "王小朋"),
    ("やまだ", "やまた"),
    ("", ""),
    ("?", "!"),
]


@each_row("one, other", SAME)
def test_two_spellings_of_one_name(one, other):
    assert is_one_name(one, other)
    assert is_one_name(other, one)
    assert may_be_one_name(one, other)


@each_row("one, other", OTHERS)
def test_two_names(one, other):
    assert not is_one_name(one, other)
    assert not is_one_name(other, one)


@each_row(
    "one, other, may",
    [
        ("A. Østergård", "Anna Ostergard", True),
        ("J.R. Smith", "J Smith", True),
        ("Smith, J", "John Smith", True),
        ("John Smith", "John Smith Jr.", False),
        ("J. Brown Jr.", "John Smith Jr.", False),
        ("J. Smith Jr.", "John Smith Jr.", True),
        ("Anna Smith-Jones", "Anna Jones", False),
        ("王小明", "王小朋", False),
    ],
)
def test_names_that_may_be_one(one, other, may):
    assert may_be_one_name(one, other) is may
    assert may_be_one_name(other, one) is may


@each_row(
    "name, surname, has",
    [
        ("Søren Østergård", "Ostergard", True),
        ("Anne Smith-Jones", "Smith Jones", True),
        ("Anne Smith Jones", "Smith-Jones", True),
        ("Anne Smith-Jones", "Jones", False),
        ("Maria de la Cruz", "De La Cruz", True),
        ("Smith, John", "Smith", True),
        ("王小明", "王", True),
        ("小明 王", "王", True),
        ("小明王", "王", False),
        ("王小明", "明", False),
        ("Okafor", "Okafor", True),
        ("Okafor", "", False),
        ("", "Okafor", False),
    ],
)
def test_whose_surname_it_is(name, surname, has):
    assert has_surname(name, surname) is has


@each_row("one, other", SAME)
def test_a_customer_spelled_otherwise_is_the_guest_by_name(one, other):
    """The name of a guest as typed, and the two fields of a customer."""
    first, _, last = other.rpartition(" ")
    guest, owner = Person(*split_name(one)), Person(first, last)
    assert owner_is_guest(guest, guest, owner) is Proof.ENOUGH


@each_row("one, other", OTHERS)
def test_another_name_is_no_proof(one, other):
    first, _, last = other.rpartition(" ")
    guest = Person(*split_name(one))
    assert owner_is_guest(guest, guest, Person(first, last)) is not Proof.ENOUGH
