#!/bin/sh
# Makes the certificates of the TLS trials, with OpenSSL 3.0. Their keys are public: they guard nothing.
# They are valid for a hundred years; the expired one was for a day in 2020.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }
authority() {
  key "$work/$1.key"
  openssl req -x509 -new -key "$work/$1.key" -subj "/CN=Caseveil trial $1" -days 36500 -out "$work/$1.pem" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}
cat > "$work/ca.cnf" <<END
[ca]
default_ca = trial
[trial]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
END
: > "$work/index"
signed() { # name, authority, use, start, end
  key "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$1" -out "$work/$1.csr"
  printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=%s\nbasicConstraints=CA:FALSE\n' "$3" > "$work/$1.ext"
  openssl ca -batch -notext -config "$work/ca.cnf" -cert "$work/$2.pem" -keyfile "$work/$2.key" \
    -extfile "$work/$1.ext" -startdate "$4" -enddate "$5" -in "$work/$1.csr" -out "$1.pem"
}
authority ca
authority other-ca
signed server ca serverAuth 20260101000000Z 21251231235959Z
signed server-2 ca serverAuth 20260101000000Z 21251231235959Z
signed client ca clientAuth 20260101000000Z 21251231235959Z
signed client-expired ca clientAuth 20200101000000Z 20200102000000Z
signed client-unknown other-ca clientAuth 20260101000000Z 21251231235959Z
signed client-wrong-use ca serverAuth 20260101000000Z 21251231235959Z
cp "$work/ca.pem" ca.pem
for name in client client-expired client-unknown client-wrong-use; do
  cat "$name.key" >> "$name.pem" && rm "$name.key"
done
rm -r "$work"
