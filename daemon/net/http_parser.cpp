#include "daemon/net/http_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

namespace {

// The last chunk's line and the empty line behind it. With fewer bytes at hand Beast 1.81 runs into an assert of its
// own.
constexpr std::size_t kLeastAfterChunk = 5;

std::string_view view(string_view text) {
  return {text.data(), text.size()};
}

// What Beast's word for it means to the client.
HttpError told(error_code error) {
  if (error == http::error::bad_method) return malformed("the request must begin with a method and one space");
  if (error == http::error::bad_target) return malformed("the request's target must be followed by one space");
  if (error == http::error::bad_version) return malformed("the request's line must end in HTTP/1.1 or HTTP/1.0");
  if (error == http::error::bad_field)
    return malformed("a header field must be a name and a colon, with no space before it");
  if (error == http::error::bad_value) return malformed("a header field's value has a character that it may not have");
  if (error == http::error::bad_content_length || error == http::error::multiple_content_length) {
    return malformed("Content-Length must be one decimal number, and not beside Transfer-Encoding");
  }
  if (error == http::error::bad_transfer_encoding) {
    return malformed("Transfer-Encoding may be given once, and not beside Content-Length");
  }
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
    return malformed("the body is not chunked as its Transfer-Encoding says");
  }
  return malformed("this is no HTTP request: " + error.message());
}

HttpError chunk_line_too_long() {
  return malformed("a chunk's line or the trailers are longer than " + std::to_string(limits::kChunkLineBytes) +
                       " bytes; the connection is closed",
                   431);
}

// "HTTP/2.0"; empty where the block's first line does not end in such a word.
std::string_view version_of(std::string_view block) {
  const std::string_view line = block.substr(0, block.find("\r\n"));
  if (std::ranges::count(line, ' ') != 2) return {};
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool is_one = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                      version[6] == '.' && is_digit(version[7]);
  return is_one ? version : std::string_view();
}

std::optional<HttpError> check_framing(const HttpHead& head) {
  std::size_t lengths = 0;
  for (const HttpField& field : head.fields) {
    if (equal_ignoring_case(field.name, "content-length")) {
      const bool is_number = std::ranges::all_of(field.value, [](char c) { return c >= '0' && c <= '9'; });
      if (++lengths > 1 || !is_number) return told(http::error::bad_content_length);
    }
    if (!equal_ignoring_case(field.name, "transfer-encoding")) continue;
    if (head.is_1_0) return malformed("HTTP/1.0 has no Transfer-Encoding");
    if (field.value.empty()) return told(http::error::bad_transfer_encoding);
    if (!head.chunked || !equal_ignoring_case(field.value, "chunked")) {
      return malformed("the only Transfer-Encoding understood here is chunked, given once", 501);
    }
  }
  return std::nullopt;
}

// Of lines that Beast took: it reads over folded trailers and over control characters in an extension's quotes.
bool is_clean(std::string_view lines) {
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; };
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    if (line.starts_with(' ') || line.starts_with('\t') || std::ranges::any_of(line, is_control)) return false;
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
  }
  return true;
}

}  // namespace

class HttpParser::Beast final : public http::basic_parser<true> {
 public:
  explicit Beast(Parts& parts) : parts_(parts) {
    header_limit(2 * limits::kHeadBytes);  // HeadScanner has seen to it
    body_limit(boost::none);               // seen to here, so that the answer is the same however the bytes come
  }

  std::string* body = nullptr;

 private:
  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(http::field, string_view name, string_view value, error_code& ec) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, error_code& ec) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, string_view bytes, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  Parts& parts_;
};

struct HttpParser::Parts {
  std::size_t body_bytes_max;
  HttpHead head;
  std::uint64_t announced = 0;   // by the chunks' lines
  std::uint64_t chunk_left = 0;  // of the chunk under way
  std::optional<Beast> beast;
  std::string as_1_1;  // a block of a later HTTP/1.x
};

void HttpParser::Beast::on_request_impl(http::verb, string_view method, string_view target, int version, error_code&) {
  parts_.head.method = view(method);
  parts_.head.target = view(target);
  parts_.head.is_1_0 = version == 10;
}

void HttpParser::Beast::on_field_impl(http::field, string_view name, string_view value, error_code&) {
  const bool is_trailer = is_header_done();
  if (!is_trailer) parts_.head.fields.push_back({view(name), view(value)});
}

std::size_t HttpParser::Beast::on_body_impl(string_view bytes, error_code&) {
  body->append(bytes.data(), bytes.size());
  return bytes.size();
}

void HttpParser::Beast::on_chunk_header_impl(std::uint64_t size, string_view /*extensions*/, error_code& ec) {
  if (size > parts_.body_bytes_max - parts_.announced) {
    ec = http::error::body_limit;
  } else {
    parts_.announced += size;
    parts_.chunk_left = size;
  }
}

std::size_t HttpParser::Beast::on_chunk_body_impl(std::uint64_t /*remain*/, string_view bytes, error_code& ec) {
  parts_.chunk_left -= bytes.size();
  return on_body_impl(bytes, ec);
}

HttpParser::HttpParser(std::size_t body_bytes_max) : parts_(std::make_unique<Parts>()) {
  parts_->body_bytes_max = body_bytes_max;
}

HttpParser::~HttpParser() = default;

const HttpHead& HttpParser::head() const {
  return parts_->head;
}

bool HttpParser::complete() const {
  return parts_->beast && parts_->beast->is_done();
}

std::optional<HttpError> HttpParser::parse_head(std::string_view block) {
  const std::string_view version = version_of(block);
  if (!version.starts_with("HTTP/1.") || version <= "HTTP/1.1") return parse(block);
  std::string& as_1_1 = parts_->as_1_1 = block;
  as_1_1[static_cast<std::size_t>(version.data() - block.data()) + version.size() - 1] = '1';
  return parse(as_1_1);
}

std::optional<HttpError> HttpParser::parse(std::string_view block) {
  parts_->announced = parts_->chunk_left = 0;
  HttpHead& head = parts_->head;
  head.fields.clear();
  Beast& beast = parts_->beast.emplace(*parts_);
  error_code error;
  beast.put({block.data(), block.size()}, error);
  if (error == http::error::bad_version && !version_of(block).empty()) {
    return malformed("only HTTP/1.1 and HTTP/1.0 are spoken here", 505);
  }
  if (error) return told(error);
  head.chunked = beast.chunked();
  head.content_length = beast.content_length().value_or(0);
  return check_framing(head);
}

std::optional<HttpError> HttpParser::take_body(std::string_view& bytes, std::string& body) {
  Beast& beast = *parts_->beast;
  beast.body = &body;
  while (!bytes.empty() && !beast.is_done()) {
    const bool is_line = parts_->head.chunked && parts_->chunk_left == 0;
    if (is_line && bytes.size() < kLeastAfterChunk) break;
    error_code error;
    const std::size_t taken = beast.put({bytes.data(), bytes.size()}, error);
    const std::size_t line_bytes = error == http::error::need_more ? bytes.size() : taken;
    const bool is_dirty = is_line && !error && !is_clean(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (is_line && line_bytes > limits::kChunkLineBytes) return chunk_line_too_long();
    if (error == http::error::need_more) break;
    if (error == http::error::body_limit) return body_too_large(parts_->body_bytes_max);
    if (error) return told(error);
    if (is_dirty) return malformed("a chunk's line or a trailer is folded or has a control character");
  }
  return std::nullopt;
}

}  // namespace jobd
