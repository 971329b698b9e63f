// ObjectReader: a JSON object becomes typed values. The first thing wrong with any of them is kept as an
// Error with its path, everything after is read as if absent; so a decoder reads straight through and
// asks for the error once, at its end. null counts as absent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/clock.h"
#include "shared/json.h"
#include "shared/names.h"

namespace jobd {

// What a text may be. Control characters are refused unless the text is a body.
struct TextRule {
  std::size_t bytes_max = 0;  // 0: no bound of its own
  bool may_be_empty = true;
  bool is_body = false;
};

class ObjectReader {
 public:
  // json need not be an object: then that is the error. error is shared by readers of one request and outlives them.
  ObjectReader(const Json& json, std::string path, std::optional<Error>& error);

  // The value of that key, nullptr when absent, null, or once an error is known. Marks the key as known.
  const Json* find(std::string_view key);

  std::optional<std::string> text(std::string_view key, const TextRule& rule);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<Duration> duration(std::string_view key, Duration min, Duration max);
  std::optional<Time> time(std::string_view key);
  std::optional<JobId> job_id(std::string_view key);  // absent is missing_field
  const Json::array_t* array(std::string_view key, std::size_t items_max);
  const Json* object(std::string_view key);

  template <typename E>
  std::optional<E> enumerator(std::string_view key) {
    const auto word = text(key, {});
    if (!word) return std::nullopt;
    const auto value = named<E>(*word);
    if (!value) fail(key, "must be one of " + all_names<E>());
    return value;
  }

  // Any key that nobody asked for is unknown_field.
  void refuse_unknown();

  void fail(std::string_view key, std::string message, Code code = Code::invalid_field);
  // An error that an inner reader found, its path complete.
  void adopt(Error error);
  // The first error of the request, whoever found it.
  bool failed() const { return error_.has_value(); }
  std::string path_of(std::string_view key) const;

 private:
  const Json* json_ = nullptr;  // an object, or nullptr
  std::string path_;            // "" or "emails[3]"
  std::optional<Error>& error_;
  std::vector<std::string_view> known_;
};

// The text if it keeps the rule, else a sentence why not.
std::optional<std::string> broken_rule(std::string_view text, const TextRule& rule);

}  // namespace jobd
