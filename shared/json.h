// JSON in nlohmann's trees, with what a border needs beyond its library: bounded depth, no duplicate keys, and a quick
// parser in front of its own (json_quick.h).
// Only .cpp files include this.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shared/result.h"

namespace jobd {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// One JSON text. Errors: invalid_json; its message says where and what.
Result<Json> parse_json(std::string_view text);
// The same by nlohmann's parser alone: slower.
Result<Json> parse_json_in_words(std::string_view text);

// Compact, UTF-8; bytes that are no UTF-8 become U+FFFD, so that it never throws.
std::string dump_json(const OrderedJson& json);
std::string dump_json(const Json& json);

}  // namespace jobd
