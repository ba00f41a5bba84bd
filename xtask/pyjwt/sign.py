# Signs tokens with PyJWT: reads {"key": …, "tokens": [{"header": …, "claims": …}]}, `key` one of RS256, ES256 and EdDSA,
# and prints {"jwk": …, "tokens": […]}. A header with `alg` none makes an unsigned token.
import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import algorithms

KINDS = {
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), algorithms.RSAAlgorithm),
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), algorithms.ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, algorithms.OKPAlgorithm),
}

asked = json.load(sys.stdin)
name = asked["key"]
make, algorithm = KINDS[name]
key = make()
jwk = json.loads(algorithm.to_jwk(key.public_key()))
jwk.update(kid="pyjwt", use="sig", alg=name)
tokens = []
for token in asked["tokens"]:
    header = {"kid": "pyjwt", **token["header"]}
    unsigned = header.pop("alg", name) == "none"
    tokens.append(
        jwt.encode(
            token["claims"],
            None if unsigned else key,
            algorithm="none" if unsigned else name,
            headers=header,
        )
    )
json.dump({"jwk": jwk, "tokens": tokens}, sys.stdout)
