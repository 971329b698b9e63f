"""Input that must be refused through every door: what it is, what is asked, and the code and the field of the answer.

A status is its code's. What no list by hand can be trusted with, a line end in every text there is, is made from
TEXTS at the end.
"""

GOOD = {"to": "user@example.com", "subject": "Hello", "body": "Test email"}
NOBODY = "01890000-0000-7000-8000-000000000000"
STATUS = {"invalid_json": 400, "invalid_field": 422, "missing_field": 422, "unknown_field": 422, "not_found": 404,
          "unknown_operation": 404, "too_large": 413}


def without(key):
    return {k: v for k, v in GOOD.items() if k != key}


def attached(**attachment):
    return GOOD | {"attachments": [{"filename": "a", "content": "eA==", **attachment}]}


def nested(depth):
    return b'{"to":"a@example.com","x":' + b"[" * depth + b"]" * depth + b"}"


# (what it is, the text that should be submit_email's parameters, code, field)
TEXTS_NO_JSON = [
    ("a word", b"hello", "invalid_json", ""),
    ("half an object", b'{"to":"a@example.com"', "invalid_json", ""),
    ("two objects", b'{"to":"a@example.com"}{"to":"b@example.com"}', "invalid_json", ""),
    ("something behind the object", b'{"to":"a@example.com"} x', "invalid_json", ""),
    ("NaN", b'{"to":"a@example.com","priority":NaN}', "invalid_json", ""),
    ("Infinity", b'{"to":"a@example.com","priority":Infinity}', "invalid_json", ""),
    ("a number that no double holds", b'{"to":"a@example.com","priority":1e999}', "invalid_json", ""),
    ("a number with a leading zero", b'{"to":"a@example.com","priority":05}', "invalid_json", ""),
    ("a hexadecimal number", b'{"to":"a@example.com","priority":0x5}', "invalid_json", ""),
    ("a number with a plus", b'{"to":"a@example.com","priority":+5}', "invalid_json", ""),
    ("a comment", b'{"to":"a@example.com" /* hi */}', "invalid_json", ""),
    ("single quotes", b"{'to':'a@example.com'}", "invalid_json", ""),
    ("a key without quotes", b'{to:"a@example.com"}', "invalid_json", ""),
    ("a trailing comma", b'{"to":"a@example.com",}', "invalid_json", ""),
    ("a word of Python", b'{"to":"a@example.com","priority":None}', "invalid_json", ""),
    ("UTF-16", '{"to":"a@example.com"}'.encode("utf-16-be"), "invalid_json", ""),
    ("Latin-1", b'{"to":"a@example.com","subject":"caf\xe9"}', "invalid_json", ""),
    ("a byte that UTF-8 never has", b'{"to":"a@example.com","subject":"\xff"}', "invalid_json", ""),
    ("an overlong sequence", b'{"to":"a@example.com","subject":"\xc0\xaf"}', "invalid_json", ""),
    ("an overlong NUL", b'{"to":"a@example.com","subject":"\xc0\x80"}', "invalid_json", ""),
    ("a surrogate in UTF-8", b'{"to":"a@example.com","subject":"\xed\xa0\x80"}', "invalid_json", ""),
    ("a code point beyond Unicode", b'{"to":"a@example.com","subject":"\xf4\x90\x80\x80"}', "invalid_json", ""),
    ("half a character", b'{"to":"a@example.com","subject":"\xe2\x82"}', "invalid_json", ""),
    ("a lone high surrogate", b'{"to":"a@example.com","subject":"\\ud800"}', "invalid_json", ""),
    ("a lone low surrogate", b'{"to":"a@example.com","subject":"\\udc00"}', "invalid_json", ""),
    ("surrogates the wrong way round", b'{"to":"a@example.com","subject":"\\udc00\\ud800"}', "invalid_json", ""),
    ("an escape that is none", b'{"to":"a@example.com","subject":"\\x41"}', "invalid_json", ""),
    ("half a unicode escape", b'{"to":"a@example.com","subject":"\\u12"}', "invalid_json", ""),
    ("a NUL byte behind it", b'{"to":"a@example.com"}\0', "invalid_json", ""),
    ("a NUL byte in a text", b'{"to":"a@example.com","subject":"a\0b"}', "invalid_json", ""),
    ("a control character in a text", b'{"to":"a@example.com","subject":"a\x01b"}', "invalid_json", ""),
    ("a tab in a text", b'{"to":"a@example.com","subject":"a\tb"}', "invalid_json", ""),
    ("a key twice", b'{"to":"a@example.com","to":"b@example.com"}', "invalid_json", ""),
    ("a key twice, once escaped", b'{"to":"a@example.com","\\u0074o":"b@example.com"}', "invalid_json", ""),
    ("a key twice further in", b'{"to":{"email":"a@b.c","email":"d@e.f"}}', "invalid_json", ""),
    ("a header twice", b'{"to":"a@example.com","headers":{"X-A":"1","X-A":"2"}}', "invalid_json", ""),
    ("a depth bomb", nested(100_000), "invalid_json", ""),
    ("a depth bomb of objects", b'{"x":' * 10_000 + b"1" + b"}" * 10_000, "invalid_json", ""),
    ("a depth bomb without its end", b"[" * 100_000, "invalid_json", ""),
    ("just too deep", nested(32), "invalid_json", ""),
    ("a depth that is taken, in a field that is not", nested(29), "unknown_field", "x"),
]

# (what it is, params of submit_email, code, field)
SUBMITS = [
    ("nothing at all", {}, "missing_field", "to"),
    ("no recipient", without("to"), "missing_field", "to"),
    ("a null recipient", GOOD | {"to": None}, "missing_field", "to"),
    ("an empty list", GOOD | {"to": []}, "missing_field", "to"),
    ("a list of null", GOOD | {"to": [None]}, "invalid_field", "to[0]"),
    ("a number for an address", GOOD | {"to": [7]}, "invalid_field", "to[0]"),
    ("a list in the list", GOOD | {"to": [["a@b.c"]]}, "invalid_field", "to[0]"),
    ("true for an address", GOOD | {"to": True}, "invalid_field", "to"),
    ("a bad one among good ones", GOOD | {"to": ["a@example.com", "b"]}, "invalid_field", "to[1]"),
    ("too many recipients", GOOD | {"to": ["a@example.com"] * 1001}, "invalid_field", "to"),
    ("too many in all", GOOD | {"to": ["a@b.c"] * 600, "bcc": ["a@b.c"] * 600}, "invalid_field", "to"),
    ("an address object without email", GOOD | {"to": {"name": "x"}}, "missing_field", "to.email"),
    ("an address object with more", GOOD | {"to": {"email": "a@b.c", "x": 1}}, "unknown_field", "to.x"),
    ("an address object with a whole mailbox", GOOD | {"to": {"email": "N <a@b.c>"}}, "invalid_field", "to.email"),
    ("a name that is a number", GOOD | {"to": {"email": "a@b.c", "name": 1}}, "invalid_field", "to.name"),
    ("a name too long", GOOD | {"to": {"email": "a@b.c", "name": "x" * 999}}, "invalid_field", "to.name"),
    ("a name too long before an address", GOOD | {"to": "x" * 999 + " <a@b.c>"}, "invalid_field", "to"),
    ("a bad cc", GOOD | {"cc": "x"}, "invalid_field", "cc"),
    ("a bad bcc", GOOD | {"bcc": ["x"]}, "invalid_field", "bcc[0]"),
    ("a bad sender", GOOD | {"from": "x"}, "invalid_field", "from"),
    ("two senders", GOOD | {"from": ["a@b.c", "d@e.f"]}, "invalid_field", "from"),
    ("a bad reply_to", GOOD | {"reply_to": "x"}, "invalid_field", "reply_to"),
    ("too many reply_to", GOOD | {"reply_to": ["a@b.c"] * 11}, "invalid_field", "reply_to"),
    ("a bad envelope_from", GOOD | {"envelope_from": "x"}, "invalid_field", "envelope_from"),
    ("an envelope_from with a name", GOOD | {"envelope_from": "N <a@b.c>"}, "invalid_field", "envelope_from"),
    ("a subject that is a number", GOOD | {"subject": 1}, "invalid_field", "subject"),
    ("a subject too long", GOOD | {"subject": "x" * 999}, "invalid_field", "subject"),
    ("a subject too long in bytes alone", GOOD | {"subject": "é" * 500}, "invalid_field", "subject"),
    ("body and text", GOOD | {"text": "y"}, "invalid_field", "body"),
    ("body is a list", GOOD | {"body": ["x"]}, "invalid_field", "body"),
    ("html is an object", GOOD | {"html": {}}, "invalid_field", "html"),
    ("an unknown field", GOOD | {"subjekt": "x"}, "unknown_field", "subjekt"),
    ("a known field in capitals", GOOD | {"Subject": "x"}, "unknown_field", "Subject"),
    ("an empty key", GOOD | {"": "x"}, "unknown_field", ""),
    ("a field of HTTP's", GOOD | {"Idempotency-Key": "x"}, "unknown_field", "Idempotency-Key"),
    ("raw and subject", {"raw": "To: a@b.c\n\nx", "subject": "x"}, "invalid_field", "raw"),
    ("raw and an attachment", {"raw": "To: a@b.c\n\nx", "attachments": [{"filename": "a", "content": ""}]},
     "invalid_field", "raw"),
    ("raw twice", {"raw": "To: a@b.c\n\nx", "raw_base64": "eA=="}, "invalid_field", "raw_base64"),
    ("raw without a recipient", {"raw": "Subject: x\n\ny"}, "missing_field", "to"),
    ("raw without a header", {"raw": "hello", "to": "a@b.c"}, "invalid_field", "raw"),
    ("an empty raw", {"raw": "", "to": "a@b.c"}, "invalid_field", "raw"),
    ("raw with a bad address", {"raw": "To: a@@b.c\n\nx"}, "invalid_field", "raw"),
    ("raw with a bad sender", {"raw": "To: a@b.c\nFrom: x\n\nx"}, "invalid_field", "raw"),
    ("raw_base64 that is none", {"raw_base64": "%", "to": "a@b.c"}, "invalid_field", "raw_base64"),
    ("raw_base64 with a NUL in it", {"raw_base64": "VG86IGFAYi5jCgoA"}, "invalid_field", "raw_base64"),
    ("a template and a body", GOOD | {"template": "t"}, "invalid_field", "template"),
    ("a template and raw", {"raw": "To: a@b.c\n\nx", "template": "t"}, "invalid_field", "template"),
    ("a template where there is no folder", without("body") | {"template": "t"}, "invalid_field", "template"),
    ("variables without a template", GOOD | {"variables": {}}, "invalid_field", "variables"),
    ("too many variables", without("body") | {"template": "t", "variables": {"a": "x" * 262144}}, "invalid_field",
     "variables"),
    ("dsn of another word", GOOD | {"dsn": {"notify": ["failure", "failed"]}}, "invalid_field", "dsn.notify[1]"),
    ("dsn that returns it all", GOOD | {"dsn": {"notify": ["delay"], "return": "all"}}, "invalid_field", "dsn.return"),
    ("dsn with more", GOOD | {"dsn": {"notify": ["delay"], "orcpt": "x"}}, "unknown_field", "dsn.orcpt"),
    ("a wide content_type", attached(content_type="text/plain; x=ä"), "invalid_field", "attachments[0].content_type"),
    ("a wide content_id", attached(content_id="ä"), "invalid_field", "attachments[0].content_id"),
    ("a header's word too far from the one before", GOOD | {"headers": {"X-A": "a" + " " * 900 + "b"}}, "invalid_field",
     "headers.X-A"),
    ("tags as a string", GOOD | {"tags": "x"}, "invalid_field", "tags"),
    ("a tag that is a number", GOOD | {"tags": [1]}, "invalid_field", "tags[0]"),
    ("an empty tag", GOOD | {"tags": ["a", ""]}, "invalid_field", "tags[1]"),
    ("a tag too long", GOOD | {"tags": ["x" * 65]}, "invalid_field", "tags[0]"),
    ("too many tags", GOOD | {"tags": ["x"] * 21}, "invalid_field", "tags"),
    ("metadata as a list", GOOD | {"metadata": []}, "invalid_field", "metadata"),
    ("metadata that is no string", GOOD | {"metadata": {"k": 1}}, "invalid_field", "metadata.k"),
    ("metadata without a key", GOOD | {"metadata": {"": "x"}}, "invalid_field", "metadata"),
    ("a metadata key too long", GOOD | {"metadata": {"k" * 65: "x"}}, "invalid_field", "metadata"),
    ("a metadata value too long", GOOD | {"metadata": {"k": "x" * 1025}}, "invalid_field", "metadata.k"),
    ("too much metadata", GOOD | {"metadata": {str(n): "" for n in range(51)}}, "invalid_field", "metadata"),
    ("an unknown on_uncertain", GOOD | {"on_uncertain": "ask"}, "invalid_field", "on_uncertain"),
    ("an empty idempotency_key", GOOD | {"idempotency_key": ""}, "invalid_field", "idempotency_key"),
    ("an idempotency_key too long", GOOD | {"idempotency_key": "k" * 256}, "invalid_field", "idempotency_key"),
    ("an idempotency_key that is a number", GOOD | {"idempotency_key": 1}, "invalid_field", "idempotency_key"),
    ("a traceparent that is none", GOOD | {"traceparent": "x"}, "invalid_field", "traceparent"),
    ("a traceparent in capitals", GOOD | {"traceparent": f"00-{'A' * 32}-{'B' * 16}-01"}, "invalid_field",
     "traceparent"),
]

# (what it is, name, value)
HEADERS = [
    *((f"the header {name}", name, "x", f"headers.{name}")
      for name in ("From", "to", "CC", "Bcc", "Subject", "Reply-To", "Date", "message-id", "MIME-Version",
                   "Content-Type", "content-transfer-encoding", "Received", "Return-Path", "DKIM-Signature",
                   "ARC-Seal", "Resent-To")),
    ("a header without a name", "", "x", "headers"),
    ("a header name with a colon", "X:A", "b", "headers"),
    ("a header name with a space", "X A", "b", "headers"),
    ("a space before the colon", "X-A ", "b", "headers"),
    ("a header name that is no ASCII", "X-Ä", "b", "headers"),
    ("a header name too long", "X-" + "a" * 75, "b", "headers"),
    ("a header value that is a number", "X-A", 1, "headers.X-A"),
    ("a header value too long", "X-A", "b " * 2100, "headers.X-A"),
    ("a header word that no line holds", "X-A", "b" * 901, "headers.X-A"),
]
SUBMITS += [(what, GOOD | {"headers": {name: value}}, "invalid_field", field) for what, name, value, field in HEADERS]
SUBMITS += [
    ("headers as a list", GOOD | {"headers": []}, "invalid_field", "headers"),
    ("too many headers", GOOD | {"headers": {f"X-{n}": "" for n in range(101)}}, "invalid_field", "headers"),
]

ATTACHMENTS = [
    ("an attachment without content", [{"filename": "a"}], "missing_field", "[0].content"),
    ("an attachment without a name", [{"content": ""}], "missing_field", "[0].filename"),
    ("an attachment that is a string", ["eA=="], "invalid_field", "[0]"),
    ("attachments as an object", {"filename": "a"}, "invalid_field", ""),
    ("too many attachments", [{"filename": "a", "content": ""}] * 101, "invalid_field", ""),
    ("the second one bad", [{"filename": "a", "content": ""}, {"filename": "b", "content": "!"}], "invalid_field",
     "[1].content"),
]
SUBMITS += [(what, GOOD | {"attachments": value}, code, f"attachments{field}")
            for what, value, code, field in ATTACHMENTS]
SUBMITS += [(f"{what} for {key} of an attachment", attached(**{key: value}), code, f"attachments[0].{key}")
            for what, key, value, code in [
    ("words", "content", "!!", "invalid_field"),
    ("base64 without its padding", "content", "eA", "invalid_field"),
    ("base64 with too much padding", "content", "eA===", "invalid_field"),
    ("base64 with padding inside", "content", "eA==eA==", "invalid_field"),
    ("base64 of five characters", "content", "eHh4e", "invalid_field"),
    ("base64 with bits left over", "content", "eB==", "invalid_field"),
    ("base64url", "content", "-_-_", "invalid_field"),
    ("a data URL", "content", "data:text/plain;base64,eA==", "invalid_field"),
    ("a number", "content", 7, "invalid_field"),
    ("a way up", "filename", "../a", "invalid_field"),
    ("an absolute path", "filename", "/etc/passwd", "invalid_field"),
    ("a path of Windows", "filename", "C:\\a", "invalid_field"),
    ("nothing", "filename", "", "invalid_field"),
    ("256 bytes", "filename", "a" * 256, "invalid_field"),
    ("half a type", "content_type", "x", "invalid_field"),
    ("a multipart type", "content_type", "multipart/mixed", "invalid_field"),
    ("a type with a space", "content_type", "text / plain", "invalid_field"),
    ("an address in brackets", "content_id", "<a@b>", "invalid_field"),
    ("two words", "content_id", "a b", "invalid_field"),
    ("anything", "size", 1, "unknown_field"),
]]

# Numbers and times beyond what they may be.
SUBMITS += [(f"{key} {value!r}", GOOD | {key: value}, "invalid_field", key) for key, value in [
    ("priority", 10), ("priority", -1), ("priority", "5"), ("priority", 5.5), ("priority", True), ("priority", [5]),
    ("priority", 2**31), ("priority", 2**63), ("priority", 2**64), ("priority", -2**63 - 1), ("priority", 1e300),
    ("max_attempts", 0), ("max_attempts", 101), ("max_attempts", -1), ("max_attempts", "3"), ("max_attempts", 2**32 + 3),
    ("delay", "soon"), ("delay", "15"), ("delay", "-5m"), ("delay", "5 m"), ("delay", ""), ("delay", "1m1h"),
    ("delay", "1.5h"), ("delay", "99999999999999d"), ("delay", "3650d"), ("delay", 15), ("delay", "5M"),
    ("ttl", "0s"), ("ttl", "999ms"), ("ttl", "367d"), ("ttl", "ever"), ("ttl", 60),
    ("scheduled_at", "2030-01-01T00:00:00"), ("scheduled_at", "2030-02-30T00:00:00Z"), ("scheduled_at", "2030-01-01"),
    ("scheduled_at", "2030-01-01T24:00:00Z"), ("scheduled_at", "2030-01-01T00:60:00Z"), ("scheduled_at", "tomorrow"),
    ("scheduled_at", 1893456000), ("scheduled_at", "99999-01-01T00:00:00Z"), ("scheduled_at", "2030-1-1T0:0:0Z"),
    ("scheduled_at", "2030-01-01T00:00:00+25:00"), ("scheduled_at", "9999-12-31T23:59:59Z"),
    ("expires_at", "2000-01-01T00:00:00Z"), ("expires_at", "1969-12-31T23:59:59Z"),
]]
SUBMITS += [
    ("delay and scheduled_at", GOOD | {"delay": "1m", "scheduled_at": "2030-01-01T00:00:00Z"}, "invalid_field", "delay"),
    ("ttl and expires_at", GOOD | {"ttl": "1h", "expires_at": "2030-01-01T00:00:00Z"}, "invalid_field", "ttl"),
    ("expired before it begins", GOOD | {"expires_at": "2000-01-01T00:00:00Z", "delay": "1m"}, "invalid_field",
     "expires_at"),
    ("a time in many years", GOOD | {"scheduled_at": "2999-01-01T00:00:00Z"}, "invalid_field", "scheduled_at"),
]

# No address by RFC 5321 4.1.2 and RFC 6531, or none that we let through.
BAD_ADDRESSES = [
    "", " ", "user", "@", "a@", "@b", "a@b@c", "a@@b", "a b@example.com", "a@exam ple.com", ".a@example.com",
    "a.@example.com", "a..b@example.com", "a@.example.com", "a@example..com", "a@example.com.", "a@-example.com",
    "a@example-.com", "a@exa_mple.com", "a@example.com,b@example.com", "a@example.com;b@example.com", "a,b@example.com",
    "a(comment)@example.com", "<a@example.com", "a@example.com>", "a@example.com <", "Name a@example.com", "Name <>",
    "<a@example.com> x", "Name <<a@example.com>>", "<@relay.example:a@example.com>", "Friends: a@example.com;",
    "undisclosed-recipients:;", '"a@example.com', 'a"b"@example.com', '"a"b@example.com', '"a\\"@example.com',
    '"a""b"@example.com', "a@[", "a@[]", "a@[1.2.3.4", "a@1.2.3.4]", "a@[1.2.3.4]x", "a@[1 2]", "a@[ö]", "a@[1]@b",
    "a\\@b@example.com", "mailto:a@example.com@b", "a" * 65 + "@example.com", "a@" + "b" * 64 + ".example",
    "a@" + ".".join(["b" * 60] * 5), "a@" + "b." * 150 + "example", "é" * 33 + "@example.com",
]
SUBMITS += [(f"the address {address[:40]!r} of {len(address)}", GOOD | {"to": address}, "invalid_field", "to")
            for address in BAD_ADDRESSES]

# What RFC 5321 and RFC 6531 allow and programs often do not take; all these are jobs, to this address.
GOOD_ADDRESSES = {address: address for address in [
    "a@b", "a@localhost", "user+tag@example.com", "o'brien@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "1@2",
    '"a b"@example.com', '"a@b"@example.com', '"a\\"b"@example.com', '""@example.com', '".a."@example.com',
    "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]", "a@xn--bcher-kva.example", "a@bücher.example", "müller@example.com",
    "用户@例子.广告", "a" * 64 + "@" + "b" * 63 + ".example", "UPPER@EXAMPLE.COM",
]} | {
    "<a@b.c>": "a@b.c", "Name <a@b.c>": "a@b.c", '"Last, First" <a@b.c>': "a@b.c", "  a@b.c  ": "a@b.c",
    '"x <y@z>" <a@b.c>': "a@b.c", "Jürgen <a@b.c>": "a@b.c",
}

# (what it is, op, params, code, field)
OTHERS = [
    ("get with a bad id", "get_job", {"id": "42"}, "invalid_field", "id"),
    ("get with braces", "get_job", {"id": "{" + NOBODY + "}"}, "invalid_field", "id"),
    ("get with an id without dashes", "get_job", {"id": NOBODY.replace("-", "")}, "invalid_field", "id"),
    ("get with something behind the id", "get_job", {"id": NOBODY + "0"}, "invalid_field", "id"),
    ("get with a path for an id", "get_job", {"id": "../../etc/passwd"}, "invalid_field", "id"),
    ("get with two dots", "get_job", {"id": ".."}, "invalid_field", "id"),
    ("get with a percent sign", "get_job", {"id": "%2e%2e"}, "invalid_field", "id"),
    ("get of nobody", "get_job", {"id": NOBODY}, "not_found", ""),
    ("get without id", "get_job", {}, "missing_field", "id"),
    ("get with a number", "get_job", {"id": 42}, "invalid_field", "id"),
    ("get with an empty id", "get_job", {"id": ""}, "invalid_field", "id"),
    ("include of something else", "get_job", {"id": NOBODY, "include": "all"}, "invalid_field", "include"),
    ("include of nothing", "get_job", {"id": NOBODY, "include": ""}, "invalid_field", "include"),
    ("get with an unknown field", "get_job", {"id": NOBODY, "x": "1"}, "unknown_field", "x"),
    ("a bad wait", "get_job", {"id": NOBODY, "wait": "ever"}, "invalid_field", "wait"),
    ("a wait without unit", "get_job", {"id": NOBODY, "wait": "30"}, "invalid_field", "wait"),
    ("cancel of nobody", "cancel_job", {"id": NOBODY}, "not_found", ""),
    ("cancel with a bad id", "cancel_job", {"id": "x"}, "invalid_field", "id"),
    ("cancel with more", "cancel_job", {"id": NOBODY, "reason": "x"}, "unknown_field", "reason"),
    ("cancel without id", "cancel_job", {}, "missing_field", "id"),
    ("retry of nobody", "retry_job", {"id": NOBODY}, "not_found", ""),
    ("retry with a bad ttl", "retry_job", {"id": NOBODY, "ttl": "0s"}, "invalid_field", "ttl"),
    ("retry with more", "retry_job", {"id": NOBODY, "delay": "1m"}, "unknown_field", "delay"),
    ("delete of nobody", "delete_job", {"id": NOBODY}, "not_found", ""),
    ("delete with a bad id", "delete_job", {"id": "x"}, "invalid_field", "id"),
    ("delete with more", "delete_job", {"id": NOBODY, "force": "yes"}, "unknown_field", "force"),
    ("delete without id", "delete_job", {}, "missing_field", "id"),
    ("an unknown status", "list_jobs", {"status": "done"}, "invalid_field", "status"),
    ("a status in capitals", "list_jobs", {"status": "FAILED"}, "invalid_field", "status"),
    ("an empty status", "list_jobs", {"status": ""}, "invalid_field", "status"),
    ("a filter's tag too long", "list_jobs", {"tag": "x" * 65}, "invalid_field", "tag"),
    ("a recipient too long", "list_jobs", {"recipient": "x" * 255}, "invalid_field", "recipient"),
    ("limit 0", "list_jobs", {"limit": 0}, "invalid_field", "limit"),
    ("limit 1001", "list_jobs", {"limit": 1001}, "invalid_field", "limit"),
    ("limit -1", "list_jobs", {"limit": -1}, "invalid_field", "limit"),
    ("limit beyond 64 bits", "list_jobs", {"limit": 2**64}, "invalid_field", "limit"),
    ("limit in words", "list_jobs", {"limit": "ten"}, "invalid_field", "limit"),
    ("limit as a text", "list_jobs", {"limit": "10"}, "invalid_field", "limit"),
    ("limit as a fraction", "list_jobs", {"limit": 1.5}, "invalid_field", "limit"),
    ("a bad cursor", "list_jobs", {"cursor": "nonsense"}, "invalid_field", "cursor"),
    ("a cursor too long", "list_jobs", {"cursor": "x" * 65}, "invalid_field", "cursor"),
    ("a bad since", "list_jobs", {"since": "yesterday"}, "invalid_field", "since"),
    ("a bad until", "list_jobs", {"until": "2030-13-01T00:00:00Z"}, "invalid_field", "until"),
    ("an unknown filter", "list_jobs", {"state": "failed"}, "unknown_field", "state"),
    ("a field of JSON's depth", "list_jobs", {"tag[]": "x"}, "unknown_field", "tag[]"),
    ("cancel of all", "cancel_jobs", {}, "missing_field", "status"),
    ("cancel of all, with a limit", "cancel_jobs", {"limit": 1}, "missing_field", "status"),
    *((f"{op} with an empty {key}", op, {key: ""}, "invalid_field", key)
      for op in ("list_jobs", "cancel_jobs", "retry_jobs") for key in ("tag", "recipient", "since", "until")),
    ("cancel of an unknown status", "cancel_jobs", {"status": "x"}, "invalid_field", "status"),
    ("cancel of none", "cancel_jobs", {"status": "failed", "limit": 0}, "invalid_field", "limit"),
    ("cancel with a cursor", "cancel_jobs", {"status": "failed", "cursor": "x"}, "unknown_field", "cursor"),
    ("cancel with a ttl", "cancel_jobs", {"status": "failed", "ttl": "1h"}, "unknown_field", "ttl"),
    ("retry of all", "retry_jobs", {}, "missing_field", "status"),
    ("retry of all, with a ttl", "retry_jobs", {"ttl": "1h"}, "missing_field", "status"),
    ("retry with a ttl of nothing", "retry_jobs", {"status": "failed", "ttl": "0s"}, "invalid_field", "ttl"),
    ("retry of a fraction", "retry_jobs", {"status": "failed", "limit": 1.5}, "invalid_field", "limit"),
    ("a batch without emails", "submit_emails", {}, "missing_field", "emails"),
    ("a batch that is an object", "submit_emails", {"emails": {}}, "invalid_field", "emails"),
    ("a batch too long", "submit_emails", {"emails": [{}] * 4097}, "invalid_field", "emails"),
    ("a batch with more", "submit_emails", {"emails": [], "x": 1}, "unknown_field", "x"),
    ("stats with a field", "stats", {"x": "1"}, "unknown_field", "x"),
    ("ping with a field", "ping", {"x": "1"}, "unknown_field", "x"),
    ("ready with a field", "ready", {"x": "1"}, "unknown_field", "x"),
    ("pause with a field", "pause", {"for": "1h"}, "unknown_field", "for"),
    ("resume with a field", "resume", {"now": True}, "unknown_field", "now"),
    ("probe of a number", "probe_relay", {"relay": 1}, "invalid_field", "relay"),
    ("probe for what is no address", "probe_relay", {"to": "nobody"}, "invalid_field", "to"),
    ("probe for too long", "probe_relay", {"timeout": "2m"}, "invalid_field", "timeout"),
    ("probe with a field", "probe_relay", {"from": "a@example.com"}, "unknown_field", "from"),
    ("watch of a bad id", "watch", {"job": "x"}, "invalid_field", "job"),
    ("watch after a word", "watch", {"after": "x"}, "invalid_field", "after"),
    ("watch after -1", "watch", {"after": -1}, "invalid_field", "after"),
    ("watch after 2^53", "watch", {"after": 2**53}, "invalid_field", "after"),
    ("watch of a status", "watch", {"status": "failed"}, "unknown_field", "status"),
]
# Of these HTTP has no form: a path without an id is another path, in a query all is text.
UNSAYABLE = {"get without id", "get with a number", "get with an empty id", "cancel without id", "delete without id",
             "limit as a text", "limit as a fraction"}

CONTROLS = {"CR LF": "\r\n", "a lone CR": "\r", "a lone LF": "\n", "NUL": "\0", "ESC": "\x1b", "DEL": "\x7f",
            "U+0085": "\x85", "U+009B": "\x9b"}


def submit_texts(text):
    """Each text of a submit that may hold no control character, with `text` in it: (field, params, named field)."""
    near = f"x{text}Bcc: victim@example.com"
    for key in ("to", "cc", "bcc", "from", "reply_to"):
        yield f"{key}, before its @", GOOD | {key: f"a{text}b@example.com"}, key
        yield f"{key}, behind its @", GOOD | {key: f"a@example.com{text}"}, key
        yield f"{key}, in its name", GOOD | {key: f"{near} <a@example.com>"}, key
        yield f"{key}, in quotes", GOOD | {key: f'"a{text}b"@example.com'}, key
        yield f"{key}.email", GOOD | {key: {"email": f"a@example.com>{text}RCPT TO:<b@example.com"}}, f"{key}.email"
        yield f"{key}.name", GOOD | {key: {"email": "a@example.com", "name": near}}, f"{key}.name"
    for key in ("to", "cc", "bcc", "reply_to"):
        yield f"{key}, second of a list", GOOD | {key: ["a@example.com", f"{text}a@example.com"]}, f"{key}[1]"
    for key in ("subject", "envelope_from", "idempotency_key", "traceparent", "scheduled_at", "expires_at", "delay", "ttl",
                "on_uncertain"):
        good = {"envelope_from": "a@example.com", "scheduled_at": "2030-01-01T00:00:00Z", "delay": "1m", "ttl": "1m",
                "expires_at": "2030-01-01T00:00:00Z", "on_uncertain": "hold",
                "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}.get(key, "x")
        for place, value in (("at the end of", good + text), ("before", text + good)):
            yield f"{place} {key}", GOOD | {key: value}, key
    yield "a header", GOOD | {"headers": {"X-A": near}}, "headers.X-A"
    yield "the end of a header", GOOD | {"headers": {"X-A": "b" + text}}, "headers.X-A"
    yield "a header's name", GOOD | {"headers": {f"X-A{text}Bcc": "a@example.com"}}, "headers"
    yield "the end of a header's name", GOOD | {"headers": {f"X-A{text}": "b"}}, "headers"
    for key in ("filename", "content_type", "content_id"):
        value = f"text/plain{text}" if key == "content_type" else near.replace(" ", "")
        yield f"{key} of an attachment", attached(**{key: value}), f"attachments[0].{key}"
    yield "a parameter of content_type", attached(content_type=f"text/plain; a={text}b"), "attachments[0].content_type"
    yield "template", without("body") | {"template": f"t{text}"}, "template"
    yield "a word of dsn", GOOD | {"dsn": {"notify": [f"delay{text}"]}}, "dsn.notify[0]"
    yield "a tag", GOOD | {"tags": [near]}, "tags[0]"
    yield "a key of metadata", GOOD | {"metadata": {near: "x"}}, "metadata"


def other_texts(text):
    """The same of the other operations: (place, op, params, named field)."""
    for op in ("get_job", "cancel_job", "retry_job", "delete_job"):
        yield op, op, {"id": NOBODY + text}, "id"
    for key, good in (("wait", "1s"), ("include", "content")):
        yield f"get_job's {key}", "get_job", {"id": NOBODY, key: good + text}, key
    filters = (("status", "failed"), ("tag", "x"), ("recipient", "a@example.com"), ("since", "2030-01-01T00:00:00Z"),
               ("until", "2030-01-01T00:00:00Z"))
    for op in ("list_jobs", "cancel_jobs", "retry_jobs"):
        for key, good in filters:
            yield f"{op}'s {key}", op, {key: good + text}, key
    yield "list_jobs' cursor", "list_jobs", {"cursor": "x" + text}, "cursor"
    yield "retry_job's ttl", "retry_job", {"id": NOBODY, "ttl": "1h" + text}, "ttl"
    yield "retry_jobs' ttl", "retry_jobs", {"status": "failed", "ttl": "1h" + text}, "ttl"
    yield "watch's job", "watch", {"job": NOBODY + text}, "job"


# Bodies may have line ends, and only NUL is no text of theirs.
BODIES = [(f"NUL in {key}", {**without("body"), key: "a\0b"}, "invalid_field", key) for key in ("body", "text", "html")]
BODIES += [("NUL in raw", {"raw": "To: a@b.c\n\na\0b"}, "invalid_field", "raw"),
           ("NUL in a value of metadata", GOOD | {"metadata": {"k": "a\0b"}}, "invalid_field", "metadata.k")]
SUBMITS += BODIES
SUBMITS += [(f"{what} in {place}", params, "invalid_field", field)
            for what, text in CONTROLS.items() for place, params, field in submit_texts(text)]
OTHERS += [(f"{what} in {place}", op, params, "invalid_field", field)
           for what, text in CONTROLS.items() for place, op, params, field in other_texts(text)]
