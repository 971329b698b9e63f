// JSON through nlohmann's library, with what a border needs beyond it: bounded depth, no duplicate keys.
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

// Compact, UTF-8; bytes that are no UTF-8 become U+FFFD, so that it never throws.
std::string dump_json(const OrderedJson& json);
std::string dump_json(const Json& json);

}  // namespace jobd
