#!/usr/bin/env python3
"""Remakes the files beside it: what programs that people use write themselves.

Needs LibreOffice (`soffice`) and, from PyPI, pikepdf and pyarrow. Run it anywhere, without
arguments. All persons and numbers are invented; each hiding place that a producer keeps has a
number of its own from 555-01xx.
"""
import datetime
import pathlib
import random
import shutil
import subprocess
import tempfile
from email.message import EmailMessage
from email.policy import SMTP

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

BOOK = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:meta><dc:title>Cases, call 416-555-0121</dc:title><dc:subject>call 416-555-0122</dc:subject><dc:description>call 416-555-0123</dc:description><meta:keyword>call 416-555-0124</meta:keyword><meta:initial-creator>Ezekiel Thornquist</meta:initial-creator><dc:creator>Ezekiel Thornquist</dc:creator><meta:user-defined meta:name="Contact">call 416-555-0125</meta:user-defined></office:meta>
<office:automatic-styles>
<number:date-style style:name="D"><number:year number:style="long"/><number:text>-</number:text><number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="D"/>
<style:style style:name="sheet" style:family="table" style:master-page-name="page"><style:table-properties table:display="true"/></style:style>
<style:style style:name="none" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:page-layout style:name="layout"/>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="page" style:page-layout-name="layout"><style:header><text:p>Header, call 416-555-0126</text:p></style:header><style:footer><text:p>Footer, call 416-555-0127</text:p></style:footer></style:master-page></office:master-styles>
<office:body><office:spreadsheet>
<table:content-validations><table:content-validation table:name="v" table:condition="of:cell-content-text-length()&lt;100" table:base-cell-address="cases.C2"><table:help-message table:title="Help" table:display="true"><text:p>Call 416-555-0128</text:p></table:help-message><table:error-message table:title="No" table:display="true"><text:p>Call 416-555-0129</text:p></table:error-message></table:content-validation></table:content-validations>
<table:table table:name="cases" table:style-name="sheet">
<table:table-row><table:table-cell office:value-type="string"><text:p>Last name</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Date of birth</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Note</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Phone</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Score</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell office:value-type="string"><text:p>Quillfeather</text:p></table:table-cell><table:table-cell table:style-name="day" office:value-type="date" office:date-value="1961-04-09"><text:p>1961-04-09</text:p></table:table-cell><table:table-cell table:content-validation-name="v" office:value-type="string"><office:annotation><dc:creator>Ezekiel Thornquist</dc:creator><text:p>Comment, call 416-555-0130</text:p></office:annotation><text:p>Burning pain 7/10, call <text:span>416-5</text:span>55-0131</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="4165550132"><text:p>4165550132</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="7.5"><text:p>7.5</text:p></table:table-cell></table:table-row>
<table:table-row table:visibility="collapse"><table:table-cell office:value-type="string"><text:p>Zaborowski</text:p></table:table-cell><table:table-cell/><table:table-cell office:value-type="string"><text:p>Hidden row, call 416-555-0133</text:p></table:table-cell><table:table-cell table:formula="of:=&quot;call 416-555-&quot;&amp;&quot;0134&quot;" office:value-type="string" office:string-value="call 416-555-0134"><text:p>call 416-555-0134</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="3"><text:p>3</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell/><table:table-cell/><table:table-cell office:value-type="string"><text:p><text:a xlink:href="mailto:odalys.quillfeather@ehr.example">write to her</text:a></text:p></table:table-cell></table:table-row>
</table:table>
<table:table table:name="old 416-555-0135" table:style-name="none"><table:table-row><table:table-cell office:value-type="string"><text:p>Hidden sheet, call 416-555-0136</text:p></table:table-cell></table:table-row></table:table>
</office:spreadsheet></office:body></office:document>"""


def convert(folder, source, kind):
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
         "--convert-to", kind, "--outdir", str(folder / "out"), str(source)],
        check=True, stdout=subprocess.DEVNULL)
    return folder / "out" / f"{source.stem}.{kind}"


def office(folder):
    letter, book = folder / "letter.rtf", folder / "cases.fods"
    letter.write_text(LETTER, encoding="ascii")
    book.write_text(BOOK, encoding="utf-8")
    for source, kind in [(letter, "rtf"), (letter, "docx"), (letter, "pdf"), (book, "xlsx")]:
        made = convert(folder, source, kind)
        shutil.copyfile(made, HERE / made.name)


def pdf():
    """The letter with everything that others add to a PDF, and what cannot be read."""
    import pikepdf
    from pikepdf import Array, Dictionary, Name, String
    with pikepdf.open(HERE / "letter.pdf") as file:
        page = file.pages[0]
        box = Array([100, 500, 200, 520])
        fields = [
            ("Patient name", "Quillfeather"), ("Remark", "Pain 7/10, call 416-555-0141"),
        ]
        widgets = []
        for name, value in fields:
            widgets.append(file.make_indirect(Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(name), V=String(value),
                Rect=box, P=page.obj)))
        note = file.make_indirect(Dictionary(
            Type=Name.Annot, Subtype=Name.Text, Contents=String("Worse at night, call 416-555-0142"),
            T=String("Ezekiel Thornquist"), Rect=box, P=page.obj))
        page.obj.Annots = Array([*page.obj.get("Annots", []), *widgets, note])
        file.Root.AcroForm = Dictionary(Fields=Array(widgets))
        with file.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Bookmark, call 416-555-0143", 0))
        file.attachments["Quillfeather.txt"] = b"call 416-555-0144"
        with file.open_metadata() as meta:
            meta["dc:description"] = "call 416-555-0145"
        file.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("// call 416-555-0146"))
        file.save(HERE / "form.pdf", object_stream_mode=pikepdf.ObjectStreamMode.generate)
    for name, user in [("locked.pdf", "secret"), ("restricted.pdf", "")]:
        with pikepdf.open(HERE / "letter.pdf") as file:
            lock = pikepdf.Encryption(owner="owner", user=user, R=6)
            file.save(HERE / name, encryption=lock)
    with pikepdf.new() as file:
        image = pikepdf.Stream(file, bytes(8 * 8), Type=Name.XObject, Subtype=Name.Image, Width=8,
                               Height=8, BitsPerComponent=8, ColorSpace=Name.DeviceGray)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        file.add_blank_page(page_size=(612, 792))
        page = file.pages[0]
        page.obj.Resources = Dictionary(XObject=Dictionary(I=image), Font=Dictionary(F=font))
        page.obj.Contents = pikepdf.Stream(
            file, b"q 612 0 0 792 0 0 cm /I Do Q BT /F 9 Tf 20 770 Td (Fax 1/1) Tj ET")
        file.save(HERE / "scanned.pdf")


def mail():
    """A message with an answer, an attachment of each kind and a message in it."""
    random.seed(2)
    inner = EmailMessage(policy=SMTP)
    inner["From"] = "Barnaby Thornquist <barnaby@ehr.example>"
    inner["Subject"] = "Before, call 416-555-0151"
    inner.set_content("Earlier note, call 416-555-0152.\n")
    message = EmailMessage(policy=SMTP)
    message["Received"] = "from larkspur.ehr.example by mx.example; call 416-555-0153"
    message["Message-ID"] = "<odalys.quillfeather.1@ehr.example>"
    message["From"] = "Odalys Quillfeather <odalys.quillfeather@ehr.example>"
    message["To"] = "Ezekiel Thornquist <ezekiel@ehr.example>"
    message["Reply-To"] = "odalys2@ehr.example"
    message["Subject"] = "née à Wawa, rappeler au 416-555-0154"
    message["X-Note"] = "call 416-555-0155"
    message["Keywords"] = "pain, call 416-555-0156"
    message.set_content(
        "Burning pain 7/10 for 3 months, née à Wawa. Her neighbours know that she can be reached"
        " best by a call to 416-555-0157 in the morning.\n", cte="quoted-printable")
    message.add_alternative(
        "<html><body><p title='call 416-555-0158'>Burning pain 7/10, call <b>416-5</b>55-0159.</p>"
        "<!-- call 416-555-0160 --></body></html>", subtype="html")
    message.add_attachment("Last name,Note\nQuillfeather,call 416-555-0161\n", subtype="csv",
                           filename="Quillfeather 416-555-0162.csv")
    message.add_attachment("called 416-555-0163, née".encode("utf-16"), maintype="text",
                           subtype="plain", filename="note.txt", params={"charset": "utf-16"})
    message.add_attachment(b"\x89PNG\r\n\x1a\n\0call 416-555-0164", maintype="image",
                           subtype="png", filename="Odalys.png")
    message.add_attachment(inner)
    bytes_ = message.as_bytes()
    # Borders are random otherwise.
    (HERE / "mail.eml").write_bytes(bytes_)


def table():
    import pyarrow as pa
    import pyarrow.parquet as pq
    rows = {
        "Last name": pa.array(["Quillfeather", "Zaborowski", None]),
        "note": pa.array(["Burning pain 7/10, call 416-555-0171", "Numbness at night", "café au lait"]),
        "blob": pa.array([b"call 416-555-0172", b"\xff\xfe\x00call 416-555-0173", None], pa.binary()),
        "Date of birth": pa.array([datetime.date(1961, 4, 9), None, datetime.date(1961, 5, 10)]),
        "seen": pa.array([datetime.datetime(2026, 1, 15, 9, 30)] * 3, pa.timestamp("us", tz="UTC")),
        "Phone": pa.array([4165550174, 4165550175, None], pa.int64()),
        "score": pa.array([7, 3, None], pa.int32()),
        "weight": pa.array([71.5, None, 60.25], pa.float64()),
        "smoker": pa.array([True, False, None]),
        "side": pa.array(["left", "right", "left"]).dictionary_encode(),
        "call 416-555-0176": pa.array(["burning", "dull", "sharp"]),
    }
    data = pa.table(rows).replace_schema_metadata({"contact": "call 416-555-0177"})
    for kind in ["snappy", "zstd", "gzip", "lz4", "none"]:
        name = "cases.parquet" if kind == "snappy" else f"cases-{kind}.parquet"
        pq.write_table(data, HERE / name, compression=kind, row_group_size=2)
    nested = pa.table({"note": pa.array([["call 416-555-0178"]])})
    pq.write_table(nested, HERE / "nested.parquet")


def main():
    with tempfile.TemporaryDirectory() as folder:
        office(pathlib.Path(folder))
    pdf()
    mail()
    table()


if __name__ == "__main__":
    main()
