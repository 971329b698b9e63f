// Addresses: what is let through can stand in an SMTP line and in a header, and means the same when it is read again.
#include "shared/address.h"

#include "shared/limits.h"
#include "shared/unicode.h"
#include "tests/fuzz/target.h"

namespace jobd::fuzz {
namespace {

// shared/address.h and RFC 5321 4.5.3.1, byte by byte.
void check_bare(std::string_view address) {
  expect(address.size() <= limits::kAddressBytes, "an address fits its path", address);
  expect(is_utf8(address), "an address is UTF-8", address);
  expect(!has_control(address), "an address has no control characters", address);
  for (const char c : address) {
    const auto byte = static_cast<std::uint8_t>(c);
    expect(byte >= 0x20 && byte != 0x7f, "an address stays in its line", address);
  }
  const std::size_t at = address.rfind('@');
  expect(at != std::string_view::npos && at > 0 && at + 1 < address.size(), "an address has two halves", address);
  expect(at <= limits::kLocalPartBytes, "a local part has 64 bytes at most", address);
  expect(address.substr(at).find_first_of(" <>\",;") == std::string_view::npos, "a domain ends nothing", address);
  if (!address.starts_with('"')) {
    expect(address.find_first_of(" <>\",;:\\()@") == at, "what must be quoted is quoted", address);
  }
  const Result<std::string> again = check_address(address);
  expect(again.ok() && *again == address, "an address read again is itself", address);
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void check_mailbox(const Mailbox& mailbox) {
  check_bare(mailbox.address);
  expect(is_utf8(mailbox.name) && !has_control(mailbox.name), "a name can stand in a header", mailbox.name);
  const std::string written = quoted(mailbox.name) + " <" + mailbox.address + ">";
  const Result<Mailbox> again = parse_mailbox(written);
  expect(again.ok() && *again == mailbox, "a mailbox read again is itself", written);
  const Result<Mailbox> bare = parse_mailbox(mailbox.address);
  expect(bare.ok() && bare->address == mailbox.address, "a bare address is a mailbox", mailbox.address);
}

void check_list(const std::vector<Mailbox>& mailboxes) {
  std::string written;
  for (const Mailbox& mailbox : mailboxes) {
    check_mailbox(mailbox);
    written += quoted(mailbox.name) + " <" + mailbox.address + ">, ";
  }
  const auto again = parse_mailbox_list(written);
  expect(again.ok() && *again == mailboxes, "a list read again is itself", written);
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto address = check_address(text)) {
    fuzz::expect_equal(*address, text, "an address is taken as it stands");
    fuzz::check_bare(text);
  } else {
    fuzz::expect(!address.error().message.empty(), "a refusal says why");
  }
  if (const auto mailbox = parse_mailbox(text)) fuzz::check_mailbox(*mailbox);
  if (const auto list = parse_mailbox_list(text)) fuzz::check_list(*list);
  return 0;
}
