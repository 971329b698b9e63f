#include "daemon/mail/idn.h"

#include <idn2.h>

#include <algorithm>
#include <memory>

#include "shared/unicode.h"

namespace jobd {
namespace {

// What a mapping has made of it: there are full-width brackets and spaces, too.
bool is_name(std::string_view domain) {
  const auto may_stand = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  return std::ranges::all_of(domain, may_stand) && !domain.starts_with('.') &&
         domain.find("..") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> domain_in_ascii(std::string_view domain) {
  if (std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(domain);
  }
  if (domain.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string name(domain);
  std::uint8_t* found = nullptr;
  const int result = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(name.c_str()), &found,
                                    IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
  const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owner(found, idn2_free);
  if (result != IDN2_OK || found == nullptr) return std::nullopt;
  std::string ascii(reinterpret_cast<const char*>(found));
  if (!is_name(ascii)) return std::nullopt;
  return ascii;
}

std::optional<std::string> comparable_address(std::string_view address) {
  std::size_t begin = address.rfind('@') + 1;  // 0 where there is none
  if (address.substr(begin).starts_with('.')) ++begin;
  const std::optional<std::string> domain = domain_in_ascii(address.substr(begin));
  if (!domain) return std::nullopt;
  return lower_case(address.substr(0, begin)) + lower_case(*domain);
}

}  // namespace jobd
