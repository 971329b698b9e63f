// An email that the codec lets through to the message that goes over the wire. Whatever it holds, the message has the
// lines that SMTP allows, the header that was asked for and no field beside, nothing of Bcc, and is the same twice.
//
//   {"to":"a@b","subject":"x"}            the params of submit_email
//
// And the same bytes as a store that is damaged would give them for a content.
#include <map>

#include "daemon/core/kept_email.h"
#include "daemon/mail/compose.h"
#include "shared/codec.h"
#include "shared/raw_message.h"
#include "shared/unicode.h"
#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

const MessageFacts kFacts{*JobId::parse("019ca937-1c00-7001-8000-00000000002a"), Time{}, "mail.example.com"};

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

// An address that has no 7-bit form, be it for its domain no look-up would find.
bool has_wide_address(const Email& email) {
  const auto is_wide = [](const Mailbox& mailbox) { return !is_ascii(mailbox.address); };
  return (email.from && is_wide(*email.from)) || std::ranges::any_of(email.to, is_wide) ||
         std::ranges::any_of(email.cc, is_wide) || std::ranges::any_of(email.reply_to, is_wide);
}

void check_lines(std::string_view message, bool is_7bit) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    expect(c != '\0', "no NUL", message);
    expect((c == '\r') == message.substr(i + 1).starts_with('\n'), "CR and LF come together only", message);
    expect(!is_7bit || static_cast<unsigned char>(c) < 128, "7 bit", message);
    column = c == '\r' || c == '\n' ? 0 : column + 1;
    expect(column <= 998, "no line over 998 bytes", message);
  }
  expect(message.ends_with("\r\n"), "the last line has its end", message);
}

std::map<std::string, int> names_of(std::string_view message) {
  std::map<std::string, int> names;
  for (const RawField& field : read_header(message).fields) {
    std::string name(field.name);
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    ++names[name];
  }
  return names;
}

void check_header(const Email& email, std::string_view message) {
  std::map<std::string, int> wanted{{"to", 1},         {"subject", 1},      {"date", 1},
                                    {"message-id", 1}, {"mime-version", 1}, {"content-type", 1}};
  if (email.from) wanted["from"] = 1;
  if (!email.cc.empty()) wanted["cc"] = 1;
  if (!email.cc.empty() && email.to.empty()) wanted.erase("to");
  if (!email.reply_to.empty()) wanted["reply-to"] = 1;
  for (const Header& header : email.headers) {
    std::string name = header.name;
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    ++wanted[name];
  }
  auto names = names_of(message);
  names.erase("content-transfer-encoding");
  expect(names == wanted, "the fields that were asked for, and none beside", message);
}

void check(const Email& email) {
  const Result<std::string> message = compose(email, kFacts);
  expect(message.ok(), "what was accepted can be sent", message.ok() ? "" : message.error().message);
  expect_equal(compose(email, kFacts).value(), *message, "the same twice");
  check_lines(*message, !email.raw && !has_wide_address(email));
  if (email.raw) {
    const auto names = names_of(*message);
    expect(!names.contains("bcc") && !names.contains("resent-bcc"), "no Bcc", *message);
    return;
  }
  check_header(email, *message);
  if (email.html || !email.attachments.empty()) return;
  expect_equal(*compose_plain(email, kFacts), *compose_mime(email, kFacts), "both ways come to the same");
}

// Whatever a damaged store holds: no email, or one that is kept the same again.
void check_bytes(std::string_view bytes) {
  const Result<Email> email = unpack_email(bytes);
  if (!email) return;
  const std::string packed = pack_email(*email);
  const Result<Email> again = unpack_email(packed);
  expect(again && *again == *email, "an email that could be read is kept as it is", packed);
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd;
  fuzz::check_bytes(fuzz::text_of(data, size));
  const std::string line = R"({"op":"submit_email","params":)" + std::string(fuzz::text_of(data, size)) + "}";
  const RequestLine read = decode_request(line);
  if (!read.request || !std::holds_alternative<SubmitEmail>(*read.request)) return 0;
  const Email& email = std::get<SubmitEmail>(*read.request).email;
  fuzz::check(email);
  const Result<Email> kept = unpack_email(pack_email(email));
  fuzz::expect(kept && *kept == email, "what is kept is what was accepted");
  const Result<Email> older = unpack_email(encode_email(email));
  if (older) fuzz::check(*older);
  return 0;
}
