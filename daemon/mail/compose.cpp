#include "daemon/mail/compose.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "shared/codec.h"

namespace jobd {
namespace {

constexpr const char* kCharset = "utf-8";
constexpr std::size_t kLineBytesMax = 998;    // RFC 5322 2.1.1
constexpr std::size_t kLineBytesWanted = 78;  // likewise

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

std::string with_lf(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\r') {
      lines += text[at];
    } else if (!text.substr(at + 1).starts_with('\n')) {
      lines += '\n';
    }
  }
  return lines;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// The value with its lines broken at spaces, as it stands after the colon.
std::string folded(const Header& header) {
  std::string lines;
  std::size_t column = header.name.size() + 1;
  std::string_view rest = header.value;
  rest = rest.substr(0, rest.find_last_not_of(' ') + 1);
  while (!rest.empty()) {
    const std::size_t word = std::min(rest.find_first_not_of(' '), rest.size());
    const std::size_t end = std::min(rest.find(' ', word), rest.size());
    if (!lines.empty() && word > 0 && column + end > kLineBytesWanted) {
      lines += '\n';
      column = 0;
    }
    if (lines.empty() && word == 0) lines += ' ';
    lines += rest.substr(0, end);
    column += end;
    rest.remove_prefix(end);
  }
  return lines + '\n';
}

// Builds the tree of parts of one message.
class Composer {
 public:
  Composer(const Email& email, const MessageFacts& facts) : email_(email), facts_(facts) {}

  std::string build() {
    Ref<GMimeMessage> message(g_mime_message_new(FALSE));
    add_header_fields(message.get());
    Ref<GMimeObject> body = make_mixed();
    g_mime_message_set_mime_part(message.get(), body.get());
    return written(GMIME_OBJECT(message.get()));
  }

 private:
  void add_header_fields(GMimeMessage* message) const {
    GMimeObject* object = GMIME_OBJECT(message);
    if (email_.from) add_mailboxes(message, GMIME_ADDRESS_TYPE_FROM, {*email_.from});
    add_mailboxes(message, GMIME_ADDRESS_TYPE_TO, email_.to);
    add_mailboxes(message, GMIME_ADDRESS_TYPE_CC, email_.cc);
    if (email_.to.empty() && email_.cc.empty()) {
      g_mime_object_append_header(object, "To", "undisclosed-recipients:;", nullptr);
    }
    add_mailboxes(message, GMIME_ADDRESS_TYPE_REPLY_TO, email_.reply_to);
    g_mime_message_set_subject(message, email_.subject.c_str(), kCharset);
    g_mime_object_append_header(object, "Date", mail_date(facts_.created_at).c_str(), nullptr);
    g_mime_message_set_message_id(message, message_id(facts_).c_str());
    for (const Header& header : email_.headers) add_custom(object, header);
  }

  // GMime would make encoded words of a long ASCII word, and with it break the URL of a List-Unsubscribe.
  static void add_custom(GMimeObject* object, const Header& header) {
    g_mime_object_append_header(object, header.name.c_str(), header.value.c_str(), kCharset);
    if (!is_ascii(header.value)) return;
    GMimeHeaderList* list = g_mime_object_get_header_list(object);
    GMimeHeader* added = g_mime_header_list_get_header_at(list, g_mime_header_list_get_count(list) - 1);
    g_mime_header_set_raw_value(added, folded(header).c_str());
  }

  static void add_mailboxes(GMimeMessage* message, GMimeAddressType type, const std::vector<Mailbox>& mailboxes) {
    InternetAddressList* list = g_mime_message_get_addresses(message, type);
    for (const Mailbox& mailbox : mailboxes) {
      const char* name = mailbox.name.empty() ? nullptr : mailbox.name.c_str();
      Ref<InternetAddress> address(internet_address_mailbox_new(name, mailbox.address.c_str()));
      internet_address_set_charset(address.get(), kCharset);
      internet_address_list_add(list, address.get());
    }
  }

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
    const std::string boundary = "=_" + facts_.id.text() + "_" + std::to_string(++boundaries_);
    g_mime_multipart_set_boundary(multipart.get(), boundary.c_str());
    return multipart;
  }

  static Ref<GMimeObject> make_text(const char* subtype, std::string_view text) {
    Ref<GMimePart> part(g_mime_part_new_with_type("text", subtype));
    g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", kCharset);
    std::string lines = with_lf(text);
    if (!lines.ends_with('\n')) lines += '\n';
    set_content(part.get(), lines);
    const GMimeContentEncoding best = g_mime_part_get_best_content_encoding(part.get(), GMIME_ENCODING_CONSTRAINT_7BIT);
    const bool plain = best == GMIME_CONTENT_ENCODING_DEFAULT;
    g_mime_part_set_content_encoding(part.get(), plain ? GMIME_CONTENT_ENCODING_7BIT : best);
    return Ref<GMimeObject>(GMIME_OBJECT(part.release()));
  }

  static Ref<GMimeObject> make_attachment(const Attachment& attachment) {
    Ref<GMimePart> part(g_mime_part_new_with_type("application", "octet-stream"));
    GMimeObject* object = GMIME_OBJECT(part.get());
    if (!attachment.content_type.empty()) {
      Ref<GMimeContentType> type(g_mime_content_type_parse(nullptr, attachment.content_type.c_str()));
      // RFC 2045 6.4 forbids base64 for these two, and base64 is what keeps any bytes as they are.
      const bool composite = g_mime_content_type_is_type(type.get(), "multipart", "*") ||
                             g_mime_content_type_is_type(type.get(), "message", "*");
      if (!composite) g_mime_object_set_content_type(object, type.get());
    }
    g_mime_object_set_disposition(object, attachment.content_id.empty() ? "attachment" : "inline");
    if (!attachment.filename.empty()) set_filename(part.get(), attachment.filename);
    if (!attachment.content_id.empty()) g_mime_part_set_content_id(part.get(), attachment.content_id.c_str());
    set_content(part.get(), attachment.content);
    g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_BASE64);
    return Ref<GMimeObject>(GMIME_OBJECT(part.release()));
  }

  // Left alone, GMime writes whatever charset it finds the shortest.
  static void set_filename(GMimePart* part, const std::string& filename) {
    GMimeObject* object = GMIME_OBJECT(part);
    g_mime_part_set_filename(part, filename.c_str());
    GMimeParamList* disposition =
        g_mime_content_disposition_get_parameters(g_mime_object_get_content_disposition(object));
    GMimeParamList* type = g_mime_content_type_get_parameters(g_mime_object_get_content_type(object));
    g_mime_param_set_charset(g_mime_param_list_get_parameter(disposition, "filename"), kCharset);
    g_mime_param_set_charset(g_mime_param_list_get_parameter(type, "name"), kCharset);
  }

  static void set_content(GMimePart* part, const std::string& bytes) {
    Ref<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    Ref<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
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
  const MessageFacts& facts_;
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

}  // namespace

Result<std::string> compose(const Email& email, const MessageFacts& facts) {
  if (email.raw) return compose_raw(*email.raw, facts);
  init_gmime();
  std::string message = Composer(email, facts).build();
  if (has_long_line(message)) {
    return Error{Code::invalid_field, "a header has a word too long to be folded into lines of 998 bytes"};
  }
  return message;
}

Result<std::string> message_of(const Attempt& attempt, const std::string& message_id_domain) {
  auto email = decode_email(*attempt.content);
  if (!email) return std::move(email).error();
  return compose(*email, {attempt.ref.id, attempt.created_at, message_id_domain});
}

}  // namespace jobd
