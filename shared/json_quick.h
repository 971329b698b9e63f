// The quick way to read JSON: Boost.JSON's parser, which takes plain text in strings 16 bytes at a time, where
// nlohmann's takes each byte by itself. It has no words for what is wrong that are worth showing, so it only says that
// it could not: nlohmann's parser then has the last word, and the sentence. What both take is the same tree
// (tests/fuzz/request_fuzz compares them).
#pragma once

#include <optional>
#include <string_view>

#include "shared/json.h"

namespace jobd {

// nullopt: no JSON, or not for this parser.
std::optional<Json> parse_json_quickly(std::string_view text);

}  // namespace jobd
