#include "shared/raw_message.h"

#include <algorithm>

#include "shared/unicode.h"

namespace jobd {
namespace {

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

std::vector<RawField> header_fields(std::string_view message) {
  std::vector<RawField> fields;
  bool continues = false;  // the last line belonged to the last of fields
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t newline = message.find('\n', at);
    const std::size_t end = newline == std::string_view::npos ? message.size() : newline + 1;
    std::string_view line = message.substr(at, end - at);
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (continues) {
        fields.back().value += ' ';
        fields.back().value += trim(line);
        fields.back().end = end;
      }
    } else {
      const std::size_t colon = line.find(':');
      const std::string_view name = trim(line.substr(0, colon == std::string_view::npos ? 0 : colon));
      continues = is_field_name(name);
      if (continues) fields.push_back({name, std::string(trim(line.substr(colon + 1))), at, end});
    }
    at = end;
  }
  return fields;
}

std::vector<std::string> field_values(std::string_view message, std::string_view name) {
  std::vector<std::string> values;
  for (RawField& field : header_fields(message)) {
    if (equal_ignoring_case(field.name, name)) values.push_back(std::move(field.value));
  }
  return values;
}

}  // namespace jobd
