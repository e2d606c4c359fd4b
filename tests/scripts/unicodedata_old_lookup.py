# Names in the database of Unicode 3.2.0: neither aliases nor sequences.
import unicodedata
old = unicodedata.ucd_3_2_0
for name in ['LF', 'LATIN CAPITAL LETTER GHA', 'TAMIL SYLLABLE SAI', 'TANGUT IDEOGRAPH-17000', 'latin small letter a', 'HANGUL SYLLABLE GA']:
    for database in (unicodedata, old):
        try: print(name, ascii(database.lookup(name)))
        except KeyError as e: print(e)
