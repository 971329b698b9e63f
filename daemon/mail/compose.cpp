#include "daemon/mail/compose.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/core/kept_email.h"
#include "daemon/mail/compose_header.h"
#include "daemon/mail/compose_text.h"
#include "shared/raw_message.h"

namespace jobd {
namespace {

constexpr std::size_t kLineBytesMax = 998;  // RFC 5322 2.1.1
constexpr std::size_t kRedirectedTold = 50;

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
template <typename T>
using Ref = std::unique_ptr<T, Unref>;

struct FreeOptions {
  void operator()(GMimeFormatOptions* options) const { g_mime_format_options_free(options); }
};
using Options = std::unique_ptr<GMimeFormatOptions, FreeOptions>;

void init_gmime() {
  static const bool once = (g_mime_init(), true);
  static_cast<void>(once);
}

void add_header(std::string& out, const Email& email, const MessageFacts& facts) {
  HeaderWriter header(out, facts.addresses);
  if (email.from) header.mailboxes("From", {*email.from});
  header.mailboxes("To", email.to);
  header.mailboxes("Cc", email.cc);
  if (email.to.empty() && email.cc.empty()) header.plain("To", "undisclosed-recipients:;");
  header.mailboxes("Reply-To", email.reply_to);
  header.text("Subject", email.subject);
  header.plain("Date", mail_date(facts.created_at));
  header.plain("Message-ID", "<" + message_id(facts) + ">");
  for (const Header& each : email.headers) header.custom(each.name, each.value);
  header.plain("MIME-Version", "1.0");
}

// "; filename*0*=UTF-8''a%20b" (RFC 2231), in lines.
std::string filename_parameter(std::string_view filename) {
  constexpr std::size_t kBytesALine = 20;  // 60 when each is encoded
  std::string out;
  for (std::size_t at = 0; at < filename.size(); at += kBytesALine) {
    out += ";\n\tfilename*" + std::to_string(at / kBytesALine) + "*=" + (at == 0 ? "UTF-8''" : "");
    for (const char c : filename.substr(at, kBytesALine)) {
      std::array<char, 4> encoded{};
      std::snprintf(encoded.data(), encoded.size(), "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      const bool stands = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
      out += stands ? std::string(1, c) : encoded.data();
    }
  }
  return out;
}

// CR LF stands together or there is no CR at all, so that other line ends read the same, and nothing that is no text.
bool is_plain_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool ends_line = c == '\n' || (c == '\r' && text.substr(i + 1).starts_with('\n'));
    if (c != '\t' && !ends_line && (c < ' ' || c >= 0x7f)) return false;
  }
  return true;
}

// A whole header, an empty line, perhaps a body.
bool is_message(std::string_view text) {
  const RawHeader header = read_header(text);
  if (header.begin > 0 || header.fields.empty()) return false;
  return header.end == text.size() || text[header.end] == '\r' || text[header.end] == '\n';
}

// Builds the tree of parts of one message.
class Composer {
 public:
  Composer(const Email& email, const JobId& id) : email_(email), id_(id) {}

  std::string build() { return written(make_mixed().get()); }

 private:
  // multipart/mixed: the body, then what is attached.
  Ref<GMimeObject> make_mixed() {
    std::vector<const Attachment*> attached;
    for (const Attachment& each : email_.attachments) {
      if (!is_inline(each)) attached.push_back(&each);
    }
    Ref<GMimeObject> body = make_alternative();
    return with_parts("mixed", std::move(body), attached);
  }

  Ref<GMimeObject> make_alternative() {
    if (!email_.html) return make_text("plain", email_.text.value_or(""));
    if (!email_.text) return make_related();
    Ref<GMimeMultipart> both = make_multipart("alternative");
    g_mime_multipart_add(both.get(), make_text("plain", *email_.text).get());
    g_mime_multipart_add(both.get(), make_related().get());
    return Ref<GMimeObject>(GMIME_OBJECT(both.release()));
  }

  // multipart/related: the html, then the images it shows.
  Ref<GMimeObject> make_related() {
    std::vector<const Attachment*> shown;
    for (const Attachment& each : email_.attachments) {
      if (is_inline(each)) shown.push_back(&each);
    }
    return with_parts("related", make_text("html", *email_.html), shown);
  }

  bool is_inline(const Attachment& attachment) const { return email_.html && !attachment.content_id.empty(); }

  Ref<GMimeObject> with_parts(const char* subtype, Ref<GMimeObject> first,
                              const std::vector<const Attachment*>& parts) {
    if (parts.empty()) return first;
    Ref<GMimeMultipart> multipart = make_multipart(subtype);
    g_mime_multipart_add(multipart.get(), first.get());
    for (const Attachment* each : parts) g_mime_multipart_add(multipart.get(), make_attachment(*each).get());
    return Ref<GMimeObject>(GMIME_OBJECT(multipart.release()));
  }

  // "=_" is in no quoted-printable and no base64 text.
  Ref<GMimeMultipart> make_multipart(const char* subtype) {
    Ref<GMimeMultipart> multipart(g_mime_multipart_new_with_subtype(subtype));
    const std::string boundary = boundary_stem() + std::to_string(++boundaries_);
    g_mime_multipart_set_boundary(multipart.get(), boundary.c_str());
    return multipart;
  }

  static Ref<GMimeObject> make_text(const char* subtype, std::string_view text) {
    Ref<GMimePart> part(g_mime_part_new_with_type("text", subtype));
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", "utf-8");
    const EncodedText encoded = encode_text(text);
    const GMimeContentEncoding encoding = g_mime_content_encoding_from_string(std::string(encoded.encoding).c_str());
    set_content(part.get(), encoded.bytes, encoding);
    g_mime_part_set_content_encoding(part.get(), encoding);
    return Ref<GMimeObject>(GMIME_OBJECT(part.release()));
  }

  Ref<GMimeObject> make_attachment(const Attachment& attachment) const {
    Ref<GMimePart> part(g_mime_part_new_with_type("application", "octet-stream"));
    GMimeObject* object = GMIME_OBJECT(part.get());
    std::optional<std::string> message;
    if (!attachment.content_type.empty()) {
      Ref<GMimeContentType> type(g_mime_content_type_parse(nullptr, attachment.content_type.c_str()));
      if (g_mime_content_type_is_type(type.get(), "message", "rfc822")) message = as_message(attachment.content);
      // RFC 2045 6.4 forbids base64 for these two, and base64 is what keeps any bytes as they are.
      const bool composite = g_mime_content_type_is_type(type.get(), "multipart", "*") ||
                             g_mime_content_type_is_type(type.get(), "message", "*");
      if (!composite) g_mime_object_set_content_type(object, type.get());
      if (message) g_mime_object_set_content_type(object, bare_message_type().get());
    }
    g_mime_object_set_disposition(object, attachment.content_id.empty() ? "attachment" : "inline");
    if (!attachment.filename.empty()) set_filename(part.get(), attachment.filename);
    if (!attachment.content_id.empty()) g_mime_part_set_content_id(part.get(), attachment.content_id.c_str());
    set_content(part.get(), message.value_or(attachment.content), GMIME_CONTENT_ENCODING_DEFAULT);
    g_mime_part_set_content_encoding(part.get(), message ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_BASE64);
    return Ref<GMimeObject>(GMIME_OBJECT(part.release()));
  }

  // Without the parameters that the caller may have set: RFC 2046 5.2.1 knows none.
  static Ref<GMimeContentType> bare_message_type() {
    return Ref<GMimeContentType>(g_mime_content_type_new("message", "rfc822"));
  }

  // The lines of a message that can stand in ours unencoded and comes out as it is, but for its line ends, which are
  // ours. None: what it is not, or a line that would have to be changed or be taken for a boundary.
  std::optional<std::string> as_message(const std::string& content) const {
    if (!is_plain_text(content) || !is_message(content) || content.find(boundary_stem()) != std::string::npos)
      return {};
    EncodedText lines = encode_text(content);
    if (lines.encoding != "7bit") return {};
    return std::move(lines.bytes);
  }

  std::string boundary_stem() const { return "=_" + id_.text() + "_"; }

  // Left alone, GMime writes whatever charset it finds the shortest, and what a reader takes for something else as it
  // is.
  static void set_filename(GMimePart* part, const std::string& filename) {
    GMimeObject* object = GMIME_OBJECT(part);
    if (filename.find("=?") != std::string::npos || filename.starts_with(' ') || filename.ends_with(' ')) {
      GMimeHeaderList* list = g_mime_object_get_header_list(object);
      GMimeHeader* header = g_mime_header_list_get_header(list, "Content-Disposition");
      const std::string disposition = g_mime_object_get_disposition(object);
      return g_mime_header_set_raw_value(header, (" " + disposition + filename_parameter(filename) + "\n").c_str());
    }
    g_mime_part_set_filename(part, filename.c_str());
    GMimeParamList* disposition =
        g_mime_content_disposition_get_parameters(g_mime_object_get_content_disposition(object));
    GMimeParamList* type = g_mime_content_type_get_parameters(g_mime_object_get_content_type(object));
    g_mime_param_set_charset(g_mime_param_list_get_parameter(disposition, "filename"), "utf-8");
    g_mime_param_set_charset(g_mime_param_list_get_parameter(type, "name"), "utf-8");
  }

  // encoding: that the bytes are in already.
  static void set_content(GMimePart* part, const std::string& bytes, GMimeContentEncoding encoding) {
    Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    Ref<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(stream.get(), encoding));
    g_mime_part_set_content(part, content.get());
  }

  static std::string written(GMimeObject* object) {
    const Options options(g_mime_format_options_new());
    g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
    Ref<GMimeStream> stream(g_mime_stream_mem_new());
    g_mime_object_write_to_stream(object, options.get(), stream.get());
    const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream.get()));
    std::string message(reinterpret_cast<const char*>(bytes->data), bytes->len);
    if (!message.ends_with("\r\n")) message += "\r\n";
    return message;
  }

  const Email& email_;
  const JobId& id_;
  int boundaries_ = 0;
};

bool has_long_line(std::string_view message) {
  while (!message.empty()) {
    const std::size_t end = std::min(message.find("\r\n"), message.size());
    if (end > kLineBytesMax) return true;
    message.remove_prefix(std::min(end + 2, message.size()));
  }
  return false;
}

Result<std::string> finished(std::string message) {
  if (!has_long_line(message)) return message;
  return Error{Code::invalid_field, "a header has a word too long to be folded into lines of 998 bytes"};
}

// Whom a mail was for before it was redirected. Everybody's address fits a line; a thousand would not tell more.
std::string redirection_lines(const std::vector<std::string>& redirected_from) {
  std::string out;
  HeaderWriter header(out);
  const std::size_t told = std::min(redirected_from.size(), kRedirectedTold);
  for (std::size_t i = 0; i < told; ++i) header.custom("X-Jobd-Redirected-From", redirected_from[i]);
  if (told < redirected_from.size()) {
    header.custom("X-Jobd-Redirected-From", "and " + std::to_string(redirected_from.size() - told) + " more");
  }
  return out;
}

// Before the @: behind it is a name, which has a form in ASCII.
bool has_address_beyond_ascii(const Email& email) {
  if (email.raw) return false;
  const auto is_beyond = [](const Mailbox& mailbox) {
    const std::string_view local = std::string_view(mailbox.address).substr(0, mailbox.address.rfind('@'));
    return std::ranges::any_of(local, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  };
  return (email.from && is_beyond(*email.from)) || std::ranges::any_of(email.to, is_beyond) ||
         std::ranges::any_of(email.cc, is_beyond) || std::ranges::any_of(email.reply_to, is_beyond);
}

}  // namespace

Result<std::string> compose(const Email& email, const MessageFacts& facts) {
  if (email.raw) return compose_raw(*email.raw, facts);
  return email.html || !email.attachments.empty() ? compose_mime(email, facts) : compose_plain(email, facts);
}

Result<std::string> compose_plain(const Email& email, const MessageFacts& facts) {
  const EncodedText text = encode_text(email.text.value_or(""));
  std::string message;
  message.reserve(text.bytes.size() + 1024);
  add_header(message, email, facts);
  HeaderWriter header(message);
  header.plain("Content-Type", "text/plain; charset=utf-8");
  header.plain("Content-Transfer-Encoding", text.encoding);
  (message += "\r\n") += text.bytes;
  return finished(std::move(message));
}

Result<std::string> compose_mime(const Email& email, const MessageFacts& facts) {
  init_gmime();
  std::string message;
  add_header(message, email, facts);
  return finished(message += Composer(email, facts.id).build());
}

Result<ComposedMessage> message_of(const Attempt& attempt, const std::string& message_id_domain) {
  auto email = unpack_email(*attempt.content);
  if (!email) return std::move(email).error();
  MessageFacts facts{attempt.ref.id, attempt.created_at, message_id_domain};
  Result<std::string> message = compose(*email, facts);
  if (!message) return std::move(message).error();
  ComposedMessage composed{*std::move(message), {}};
  if (has_address_beyond_ascii(*email)) {
    facts.addresses = Addresses::in_ascii;
    message = compose(*email, facts);
    if (!message) return std::move(message).error();
    composed.in_ascii = *std::move(message);
  }
  if (attempt.redirected_from.empty()) return composed;
  const std::string lines = redirection_lines(attempt.redirected_from);
  composed.bytes.insert(0, lines);
  if (!composed.in_ascii.empty()) composed.in_ascii.insert(0, lines);
  return composed;
}

}  // namespace jobd
