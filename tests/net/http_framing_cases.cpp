#include "tests/net/http_cases.h"
#include "tests/net/http_world.h"

namespace jobd::testing {
namespace {

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: box\r\n";
const std::string kPost = "POST /jobs/email HTTP/1.1\r\nHost: box\r\nContent-Type: application/json\r\n";
const std::string kMalformed = "400 invalid_request end";
const std::string kChunks =
    "5\r\n" + std::string(kMail.substr(0, 5)) + "\r\n1D\r\n" + std::string(kMail.substr(5)) + "\r\n0\r\n";

std::string chunked(std::string_view chunks) {
  return kPost + "Transfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

std::vector<HttpCase> line_cases() {
  return {
      {"plain", kGet + "\r\n", "200"},
      {"empty lines before it", "\r\n\r\n" + kGet + "\r\n", "200"},
      {"pipelined", kGet + "\r\n" + kGet + "\r\n", "200 | 200"},
      {"close", kGet + "Connection: close\r\n\r\n" + kGet + "\r\n", "200 end"},
      {"close among other options", kGet + "Connection: x, Close\r\n\r\n", "200 end"},
      {"upgrade is not taken",
       kGet + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n", "200"},
      {"1.0", "GET /healthz HTTP/1.0\r\nHost: box\r\n\r\n", "200 end"},
      {"1.0 with an absolute target", "GET http://box/healthz HTTP/1.0\r\n\r\n", "200 end"},
      {"1.0 without Host", "GET /healthz HTTP/1.0\r\n\r\n", kMalformed},
      {"1.0 with an empty Host", "GET /healthz HTTP/1.0\r\nHost:\r\n\r\n", kMalformed},
      {"1.0 kept alive", "GET /healthz HTTP/1.0\r\nHost: box\r\nConnection: keep-alive\r\n\r\n" + kGet + "\r\n",
       "200 | 200"},
      {"1.0 knows no coding", "POST /jobs/email HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kMalformed},
      {"2.0", "GET /healthz HTTP/2.0\r\nHost: box\r\n\r\n", "505 invalid_request end"},
      {"1.2", "GET /healthz HTTP/1.2\r\nHost: box\r\n\r\n" + kGet + "\r\n", "200 | 200"},
      {"1.9 with a body",
       "POST /jobs/email HTTP/1.9\r\nHost: box\r\nContent-Type: application/json\r\nTransfer-Encoding: "
       "chunked\r\n\r\n" +
           kChunks + "\r\n",
       "202"},
      {"1.2 without Host", "GET /healthz HTTP/1.2\r\n\r\n", kMalformed},
      {"1.2 with a bare CR", "GET /healthz HTTP/1.2\r\nHost: box\r\nA: b\rc\r\n\r\n", kMalformed},
      {"1.10", "GET /healthz HTTP/1.10\r\nHost: box\r\n\r\n", kMalformed},
      {"3.0", "GET /healthz HTTP/3.0\r\nHost: box\r\n\r\n", "505 invalid_request end"},
      {"HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 invalid_request end"},
      {"0.9", "GET /healthz\r\n\r\n", kMalformed},
      {"no version of ours", "GET /healthz HTTP/1.1x\r\nHost: box\r\n\r\n", kMalformed},
      {"http in small letters", "GET /healthz http/1.1\r\nHost: box\r\n\r\n", kMalformed},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01", 6), kMalformed},
      {"a space first", " " + kGet + "\r\n", kMalformed},
      {"a bare LF first", "\n" + kGet + "\r\n", kMalformed},
      {"two spaces behind the method", "GET  /healthz HTTP/1.1\r\nHost: box\r\n\r\n", kMalformed},
      {"two spaces behind the target", "GET /healthz  HTTP/1.1\r\nHost: box\r\n\r\n", kMalformed},
      {"a tab for the space", "GET\t/healthz HTTP/1.1\r\nHost: box\r\n\r\n", kMalformed},
      {"a space behind the version", "GET /healthz HTTP/1.1 \r\nHost: box\r\n\r\n", kMalformed},
      {"a method that is no token", "G(T /healthz HTTP/1.1\r\nHost: box\r\n\r\n", kMalformed},
      {"a bare LF behind the line", "GET /healthz HTTP/1.1\nHost: box\r\n\r\n", kMalformed},
      {"bare LFs only", "GET /healthz HTTP/1.1\nHost: box\n\n", kMalformed},
      {"a bare LF in the fields", kGet + "A: b\nC: d\r\n\r\n", kMalformed},
      {"a bare LF at the end", kGet + "\n", kMalformed},
      {"a bare CR in a value", kGet + "A: b\rc\r\n\r\n", kMalformed},
      {"CR CR LF", kGet + "A: b\r\r\n\r\n", kMalformed},
      {"a folded value", kGet + "A: b\r\n c\r\n\r\n", kMalformed},
      {"a folded value of none", kGet + "A:\r\n\tc\r\n\r\n", kMalformed},
  };
}

std::vector<HttpCase> field_cases() {
  return {
      {"a space before the first field", "GET /healthz HTTP/1.1\r\n Host: box\r\n\r\n", kMalformed},
      {"a space before the colon", kGet + "A : b\r\n\r\n", kMalformed},
      {"no colon", kGet + "Accept\r\n\r\n", kMalformed},
      {"no name", kGet + ": b\r\n\r\n", kMalformed},
      {"a name that is no token", kGet + "A(: b\r\n\r\n", kMalformed},
      {"NUL in a value", kGet + "A: b" + std::string(1, '\0') + "\r\n\r\n", kMalformed},
      {"ESC in a value", kGet + "A: \x1b[0m\r\n\r\n", kMalformed},
      {"DEL in a value", kGet + "A: \x7f\r\n\r\n", kMalformed},
      {"bytes over 127 in a value", kGet + "A: \xc3\xa4\r\n\r\n", "200"},
      {"an empty value", kGet + "A:\r\n\r\n", "200"},
      {"no Host", "GET /healthz HTTP/1.1\r\n\r\n", kMalformed},
      {"Host twice", kGet + "Host: box\r\n\r\n", kMalformed},
      {"a list of hosts", "GET /healthz HTTP/1.1\r\nHost: box, box\r\n\r\n", kMalformed},
      {"Host with a user", "GET /healthz HTTP/1.1\r\nHost: me@box\r\n\r\n", kMalformed},
      {"Host with a path", "GET /healthz HTTP/1.1\r\nHost: box/\r\n\r\n", kMalformed},
      {"Host with a word for a port", "GET /healthz HTTP/1.1\r\nHost: box:http\r\n\r\n", kMalformed},
      {"Host of a port only", "GET /healthz HTTP/1.1\r\nHost: :8025\r\n\r\n", kMalformed},
      {"the longest head", kGet + "A: " + std::string(16384 - kGet.size() - 7, 'a') + "\r\n\r\n", "200"},
      {"a head too long", kGet + "A: " + std::string(16384 - kGet.size() - 6, 'a') + "\r\n\r\n",
       "431 invalid_request end"},
      {"a line too long", "GET /" + std::string(17000, 'a'), "431 invalid_request end"},
      {"many fields",
       kGet +
           [] {
             std::string fields;
             for (int i = 0; i < 2000; ++i) fields += "A: bc\r\n";
             return fields;
           }() +
           "\r\n",
       "200"},
  };
}

std::vector<HttpCase> length_cases() {
  const auto mail = std::string(kMail);
  const std::string size = std::to_string(mail.size());
  return {
      {"a body by its length", kPost + "Content-Length: " + size + "\r\n\r\n" + mail + kGet + "\r\n", "202 | 200"},
      {"length with zeros in front", kPost + "Content-Length: 00" + size + "\r\n\r\n" + mail, "202"},
      {"length twice", kPost + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", kMalformed},
      {"lengths that differ", kPost + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", kMalformed},
      {"a list of lengths", kPost + "Content-Length: 2, 2\r\n\r\n{}", kMalformed},
      {"a signed length", kPost + "Content-Length: +2\r\n\r\n{}", kMalformed},
      {"a negative length", kPost + "Content-Length: -2\r\n\r\n{}", kMalformed},
      {"a length in hexadecimal", kPost + "Content-Length: 0x2\r\n\r\n{}", kMalformed},
      {"an empty length", kPost + "Content-Length:\r\n\r\n{}", kMalformed},
      {"a length beyond all", kPost + "Content-Length: 99999999999999999999\r\n\r\n{}", kMalformed},
      {"a length over the limit", kPost + "Content-Length: 100001\r\n\r\n", "413 too_large end"},
  };
}

std::vector<HttpCase> chunk_cases() {
  const auto mail = std::string(kMail);
  return {
      {"chunks", chunked(kChunks + "\r\n" + kGet + "\r\n"), "202 | 200"},
      {"chunks in capitals", kPost + "TRANSFER-ENCODING: Chunked\r\n\r\n" + kChunks + "\r\n", "202"},
      {"chunks with extensions",
       chunked("5;a=b;c=\"d\"\r\n" + mail.substr(0, 5) + "\r\n1d ; e\r\n" + mail.substr(5) + "\r\n0;z\r\n\r\n"), "202"},
      {"trailers say nothing", chunked(kChunks + "Idempotency-Key: \"\"\r\nA: b\r\n\r\n") + kGet + "\r\n", "202 | 200"},
      {"no chunk but the last", chunked("0\r\n\r\n"), "422 missing_field to"},
      {"chunks and a length", kPost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kMalformed},
      {"a length and chunks", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", kMalformed},
      {"chunked twice", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       kMalformed},
      {"chunked twice in one", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
       "501 invalid_request end"},
      {"gzip", kPost + "Transfer-Encoding: gzip\r\n\r\n", "501 invalid_request end"},
      {"gzip in chunks", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501 invalid_request end"},
      {"gzip in chunks, in two lines", kPost + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "501 invalid_request end"},
      {"chunked with a disguise",
       kPost + "Transfer-Encoding: \x0b"
               "chunked\r\n\r\n0\r\n\r\n",
       kMalformed},
      {"identity", kPost + "Transfer-Encoding: identity\r\n\r\n", "501 invalid_request end"},
      {"no coding", kPost + "Transfer-Encoding:\r\n\r\n", kMalformed},
      {"a size that is none", chunked("x\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"a size with a sign", chunked("+2\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"a size in C", chunked("0x2\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"a size beyond all", chunked("fffffffffffffffff\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"a chunk longer than its size", chunked("2\r\n{}}\r\n0\r\n\r\n"), kMalformed},
      {"a chunk's line with a bare LF", chunked("2\n{}\r\n0\r\n\r\n"), kMalformed},
      {"a chunk with a bare LF behind", chunked("2\r\n{}\n0\r\n\r\n"), kMalformed},
      {"an extension that is none", chunked("2 x\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"an extension with a tab", chunked("2;a=\"b\tc\"\r\n{}\r\n0\r\n\r\n"), "422 missing_field to"},
      {"an extension with a bare LF", chunked("2;a=\"b\nc\"\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"an extension with a bare CR", chunked("2;a=\"b\rc\"\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"an extension with NUL", chunked("2;a=\"" + std::string(1, '\0') + "\"\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"an extension with DEL", chunked("2;a=\"\x7f\"\r\n{}\r\n0\r\n\r\n"), kMalformed},
      {"an extension of the second chunk with a bare LF", chunked("1\r\n{\r\n1;a=\"\n\"\r\n}\r\n0\r\n\r\n"),
       kMalformed},
      {"an extension of the last chunk with a bare LF", chunked("2\r\n{}\r\n0;a=\"\n\"\r\n\r\n"), kMalformed},
      {"a folded trailer", chunked("0\r\nA: b\r\n c\r\n\r\n"), kMalformed},
      {"a folded trailer of none", chunked("0\r\nA:\r\n\tb\r\nC: d\r\n\r\n"), kMalformed},
      {"a trailer with a space first", chunked("0\r\n A: b\r\n\r\n"), kMalformed},
      {"a trailer with a bare LF", chunked("0\r\nA: b\nC: d\r\n\r\n"), kMalformed},
      {"a trailer with a bare CR", chunked("0\r\nA: b\rc\r\n\r\n"), kMalformed},
      {"a trailer with ESC", chunked("0\r\nA: \x1b[0m\r\n\r\n"), kMalformed},
      {"trailers that end in a bare LF", chunked("0\r\nA: b\r\n\n\r\n\r\n"), kMalformed},
      {"a trailer with a tab", chunked(kChunks + "A:\tb\tc\r\n\r\n"), "202"},
      {"an extension too long", chunked("2;a=" + std::string(5000, 'a') + "\r\n{}\r\n0\r\n\r\n"),
       "431 invalid_request end"},
      {"trailers too long", chunked("0\r\nA: " + std::string(5000, 'a') + "\r\n\r\n"), "431 invalid_request end"},
      {"a trailer that frames", chunked("0\r\nContent-Length: 5\r\n\r\n"), kMalformed},
      {"chunks over the limit", chunked("186a1\r\n"), "413 too_large end"},
      {"many chunks over the limit", chunked("c350\r\n" + std::string(50000, ' ') + "\r\nc351\r\n"),
       "413 too_large end"},
  };
}

std::vector<HttpCase> expectation_cases() {
  const auto mail = std::string(kMail);
  const std::string size = std::to_string(mail.size());
  return {
      {"expected and met", kPost + "Expect: 100-continue\r\nContent-Length: " + size + "\r\n\r\n" + mail, "100 | 202"},
      {"expected and met in chunks",
       kPost + "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n" + kChunks + "\r\n", "100 | 202"},
      {"expected without a body", kGet + "Expect: 100-continue\r\n\r\n", "200"},
      {"expected by 1.0",
       "POST /queue/pause HTTP/1.0\r\nHost: box\r\nContent-Type: application/json\r\nExpect: "
       "100-continue\r\nContent-Length: "
       "2\r\n\r\n{}",
       "200 end"},
      {"expected at no path",
       "POST /nowhere HTTP/1.1\r\nHost: box\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
       "404 unknown_operation end"},
      {"expected of no type",
       "POST /jobs/email HTTP/1.1\r\nHost: box\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
       "415 unsupported_media_type end"},
      {"expected of no type in chunks",
       "POST /jobs/email HTTP/1.1\r\nHost: box\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n",
       "415 unsupported_media_type end"},
      {"expected of too much", kPost + "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n", "413 too_large end"},
      {"other expectations", kPost + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}", "417 invalid_request"},
      {"other expectations too", kPost + "Expect: 100-continue, x=y\r\nContent-Length: 2\r\n\r\n{}",
       "417 invalid_request end"},
  };
}

}  // namespace

std::vector<HttpCase> framing_cases() {
  return joined({line_cases(), field_cases(), length_cases(), chunk_cases(), expectation_cases()});
}

}  // namespace jobd::testing
