"""Makes reviews.csv.gz of the archive that the source package of vaderSentiment 3.3.2 carries.

Run in this folder, after `pip download --no-deps --no-binary :all: vaderSentiment==3.3.2`:
python3 convert.py vaderSentiment-3.3.2.tar.gz
"""

import csv
import gzip
import io
import sys
import tarfile

with tarfile.open(sys.argv[1]) as package:
    inner = package.extractfile("vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz").read()
with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
    rated = archive.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt").read().decode()

seen = set()
table = io.StringIO()
write = csv.writer(table, lineterminator="\n")
write.writerow(["id", "rating", "sentiment", "text"])
for line in rated.split("\n"):
    number, rating, text = line.split("\t")
    # The package lost the dashes of the sentences and left the spaces around them.
    text, rating = " ".join(text.split()), round(float(rating), 3)
    if rating != 0 and text not in seen:
        seen.add(text)
        write.writerow([number, rating, "positive" if rating > 0 else "negative", text])
with open("reviews.csv.gz", "wb") as file:
    with gzip.GzipFile("reviews.csv", "wb", 9, file, mtime=0) as packed:
        packed.write(table.getvalue().encode())
