// Domain names outside ASCII (IDNA2008, RFC 5891), as DNS and servers without SMTPUTF8 know them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobd {

// "bücher.example" is "xn--bcher-kva.example"; non-transitional: "straße.de" is "xn--strae-oqa.de", not "strasse.de".
// What is ASCII, an address literal too, stays as it is. Nothing: no such name is possible.
std::optional<std::string> domain_in_ascii(std::string_view domain);

// In the one form that is compared: "a@b", "@b", ".b" or a domain alone, its domain in A-labels, all ASCII letters
// small. Nothing: its domain is none.
std::optional<std::string> comparable_address(std::string_view address);

}  // namespace jobd
