#!/usr/bin/env python3
"""Remakes the files beside it: what LibreOffice itself writes from a letter.

Needs LibreOffice (`soffice`). Run it anywhere, without arguments. All persons and numbers are
invented; each hiding place that LibreOffice keeps has a number of its own from 555-01xx.
"""
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
LETTER = r"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times New Roman;}}
{\info{\title Case 416-555-0101}{\subject Call 416-555-0102}{\author Ezekiel Thornquist}
{\keywords call 416-555-0103}{\doccomm call 416-555-0104}{\company Larkspur Clinic}}
{\header Header, call 416-555-0105\par}{\footer Footer, call 416-555-0106\par}
\pard Mrs. Odalys Quill{\i feather} takes gabapentin 300\~mg, caf\'e9 au lait. Call 416-5{\b 55-0107} today.\par
Burning pain{\footnote Note, call 416-555-0108} for 3 months.\par
{\*\atnid ET}{\*\atnauthor Ezekiel Thornquist}Numbness\chatn{\*\annotation{\*\atndate 1234}Comment, call 416-555-0109} at night.\par
{\v Hidden, call 416-555-0110}Seen by \u233?t\u233?.\par
{\field{\*\fldinst HYPERLINK "tel:416-555-0111"}{\fldrslt her page}}\par
\trowd\cellx4000\cellx8000\intbl Phone\cell 416-555-0112\cell\row
\pard Pain 7/10.\par}"""
FILES = [("letter.rtf", "rtf"), ("letter.rtf", "docx")]


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "letter.rtf").write_text(LETTER, encoding="ascii")
        for source, kind in FILES:
            name = pathlib.Path(source).stem + "." + kind
            subprocess.run(
                ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
                 "--convert-to", kind, "--outdir", str(folder / "out"), str(folder / source)],
                check=True, stdout=subprocess.DEVNULL)
            shutil.copyfile(folder / "out" / name, HERE / name)


main()
