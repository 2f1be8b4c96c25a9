"""The demo's folder of real documents: Debian packages' documentation, in five formats."""
import gzip
import pathlib
import shutil

DOC = pathlib.Path("/usr/share/doc")

# (name in the folder, file of an installed package); .gz is unpacked.
SOURCES = [
    ("bash-manual.pdf", DOC / "bash-doc/bash.pdf"),
    ("debian-policy.pdf", DOC / "debian-policy/policy.pdf.gz"),
    ("debian-perl-policy.html", DOC / "debian-policy/perl-policy-1.html"),
    ("debian-menu-policy.html", DOC / "debian-policy/menu-policy-1.html"),
    ("git-MyFirstContribution.txt", DOC / "git-doc/MyFirstContribution.txt"),
    ("git-SubmittingPatches.txt", DOC / "git-doc/SubmittingPatches.txt"),
    ("shellmath.md", DOC / "bash-doc/examples/shellmath/README.md"),
]
# Debian ships no DOCX, so one is written from a text of Debian's.
DOCX_NAME, DOCX_SOURCE = "debconf-specification.docx", DOC / "debian-policy/debconf_specification.txt.gz"


def read(path: pathlib.Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def write_docx(text: str, target: pathlib.Path) -> None:
    import docx  # Debian's python3-docx

    document = docx.Document()
    for paragraph in text.split("\n\n"):
        document.add_paragraph(" ".join(paragraph.split()))
    document.save(target)


def prepare(folder: pathlib.Path) -> pathlib.Path:
    """Fills `folder` once; returns it."""
    done = folder / ".complete"
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, source in SOURCES:
        (folder / name).write_bytes(read(source))
    write_docx(read(DOCX_SOURCE).decode("utf-8", "replace"), folder / DOCX_NAME)
    done.touch()
    return folder
