#include "shared/object_reader.h"

#include <algorithm>

#include "shared/unicode.h"

namespace jobd {

ObjectReader::ObjectReader(const Json& json, std::string path, std::optional<Error>& error)
    : path_(std::move(path)), error_(error) {
  if (json.is_object()) {
    json_ = &json;
  } else if (!error_) {
    const std::string where = path_.empty() ? "params" : path_;
    error_ = Error{Code::invalid_field, where + " must be an object", where};
  }
}

const Json* ObjectReader::find(std::string_view key) {
  if (json_ == nullptr || error_) return nullptr;
  known_.push_back(key);
  const auto found = json_->find(key);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> ObjectReader::text(std::string_view key, const TextRule& rule) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    fail(key, "must be a string");
    return std::nullopt;
  }
  const auto& text = value->get_ref<const std::string&>();
  if (auto problem = broken_rule(text, rule)) {
    fail(key, *std::move(problem));
    return std::nullopt;
  }
  return text;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const bool fits =
      value->is_number_integer() && (!value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
    fail(key, "must be an integer from " + std::to_string(min) + " to " + std::to_string(max));
    return std::nullopt;
  }
  return value->get<std::int64_t>();
}

std::optional<Duration> ObjectReader::duration(std::string_view key, Duration min, Duration max) {
  const auto word = text(key, {});
  if (!word) return std::nullopt;
  const auto duration = parse_duration(*word);
  if (!duration) {
    fail(key, R"(must be a duration like "90s", "15m", "4h" or "3d")");
  } else if (*duration < min || *duration > max) {
    fail(key, "must be from " + format_duration(min) + " to " + format_duration(max));
  }
  return duration;
}

std::optional<Time> ObjectReader::time(std::string_view key) {
  const auto word = text(key, {});
  if (!word) return std::nullopt;
  const auto time = parse_time(*word);
  if (!time) fail(key, R"(must be an RFC 3339 time like "2026-03-01T12:00:00Z")");
  return time;
}

std::optional<JobId> ObjectReader::job_id(std::string_view key) {
  const auto word = text(key, {});
  if (!word) {
    fail(key, "is missing", Code::missing_field);
    return std::nullopt;
  }
  const auto id = JobId::parse(*word);
  if (!id) fail(key, "is no job id; ids look like 019535d9-3df7-79fb-b466-fa907fa17f9e");
  return id;
}

const Json::array_t* ObjectReader::array(std::string_view key, std::size_t items_max) {
  const Json* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    fail(key, "must be a list");
    return nullptr;
  }
  if (value->size() > items_max) {
    fail(key, "has more than " + std::to_string(items_max) + " items");
    return nullptr;
  }
  return value->get_ptr<const Json::array_t*>();
}

const Json* ObjectReader::object(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) {
    fail(key, "must be an object");
    return nullptr;
  }
  return value;
}

void ObjectReader::refuse_unknown() {
  if (json_ == nullptr || error_) return;
  for (const auto& item : json_->items()) {
    if (std::ranges::find(known_, item.key()) != known_.end()) continue;
    return fail(item.key(), "is unknown here", Code::unknown_field);
  }
}

void ObjectReader::fail(std::string_view key, std::string message, Code code) {
  if (error_) return;
  const std::string path = path_of(key);
  error_ = Error{code, path.empty() ? std::move(message) : path + " " + message, path};
}

void ObjectReader::adopt(Error error) {
  if (!error_) error_ = std::move(error);
}

std::string ObjectReader::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

std::optional<std::string> broken_rule(std::string_view text, const TextRule& rule) {
  if (text.empty() && !rule.may_be_empty) return "must not be empty";
  if (rule.bytes_max != 0 && text.size() > rule.bytes_max) {
    return "is longer than " + std::to_string(rule.bytes_max) + " bytes";
  }
  if (!rule.is_body && has_control(text)) return "contains a control character, such as a line end";
  if (rule.is_body && text.find('\0') != std::string_view::npos) return "contains a NUL character";
  return std::nullopt;
}

}  // namespace jobd
