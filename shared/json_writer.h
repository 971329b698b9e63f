// JsonWriter: compact JSON straight into a string, without a tree in between. For replies: a job has some thirty
// members, and each reply to a submit is one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/clock.h"

namespace jobd {

// Appends. The caller keeps to JSON's grammar, commas apart: a value follows a key, what is begun is ended.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  // name needs no escape.
  JsonWriter& key(std::string_view name);

  // Bytes that are no UTF-8 become U+FFFD.
  JsonWriter& text(std::string_view value);
  JsonWriter& text_or_null(std::string_view value) { return value.empty() ? null() : text(value); }
  JsonWriter& time(Time value);
  JsonWriter& time(const std::optional<Time>& value) { return value ? time(*value) : null(); }
  JsonWriter& number(std::int64_t value);
  JsonWriter& null() { return raw("null"); }
  // What is JSON already.
  JsonWriter& raw(std::string_view json);

 private:
  void separate();
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace jobd
