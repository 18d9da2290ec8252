"""Names of firms brought to the words that tell one from another: for whoever holds suppliers against a list."""

import re
import unicodedata

# Words that say how a firm is set up, not which firm it is.
_FORMS = """
ab ag aktiengesellschaft ao as asa bv bvba co company corp corporation cv doo eood eurl gaisha gesellschaft gmbh inc
incorporated kabushiki kaisha kft kg kgaa kk limited llc llp lp ltd ltda mbh nv oao ooo oy oyj pao pjsc plc pt pte pty
pvt sa sae sarl sas sdn bhd se sl snc societe anonyme spa spol sp spzoo sro srl tbk ug vof zao zoo gk yk und and the
"""
LEGAL_FORMS = frozenset(_FORMS.split())
_WRITTEN_TOGETHER = re.compile("株式会社|有限会社|有限责任公司|股份有限公司|集团有限公司|有限公司|주식회사|[㈱㈲㈜]")
_BETWEEN = re.compile(r"\bsa\W+de\W+cv\b")
# Letters that no decomposition brings to Latin ones. Cyrillic after BGN/PCGN without its apostrophes, Greek after
# ELOT 743, both letter by letter.
_LATIN = str.maketrans(
    {
        **dict(zip("øłđðıħ", "olddih", strict=True)),
        **{"æ": "ae", "œ": "oe", "þ": "th"},
        **dict(zip("абвгдезиклмнопрстуфыэіґ", "abvgdeziklmnoprstufyeig", strict=True)),
        **{"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu", "я": "ya"},
        **{"є": "ye", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ў": "u"},
        **dict(zip("αβγδεζηικλμνξοπρσςτυφω", "avgdeziiklmnxoprsstyfo", strict=True)),
        **{"θ": "th", "χ": "ch", "ψ": "ps"},
    }
)
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def words_of(name: str) -> tuple[str, ...]:
    """The words that tell a firm from others: ``TDK Electronics GmbH & Co. KG`` -> ``tdk electronics``.

    Width, case, accents, punctuation and legal forms do not count; Cyrillic and Greek become Latin letters. Never empty
    for a name with letters.
    """
    plain = _WRITTEN_TOGETHER.sub(" ", unicodedata.normalize("NFKC", _WRITTEN_TOGETHER.sub(" ", name))).casefold()
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    # s.r.o. and S.p.A. are one word, Co.,Ltd. two
    spelt = re.sub(r"(?<=\b\w)\.\s?(?=\w\b)", "", bare.translate(_LATIN))
    spelt = _BETWEEN.sub(" ", re.sub(r"\bs r\.?o\b", "sro", spelt))
    words = re.findall(r"[^\W_]+", re.sub(r"['’`]", "", spelt))
    telling = tuple(word for word in words if word not in LEGAL_FORMS)
    return telling or tuple(words)


def readings_of(name: str) -> tuple[tuple[str, ...], ...]:
    """The words of a name, and those of it with umlauts written out: ``Müller`` is found as Muller and as Mueller."""
    written_out = unicodedata.normalize("NFKC", name).casefold().translate(_WRITTEN_OUT)
    return tuple(dict.fromkeys((words_of(name), words_of(written_out))))
