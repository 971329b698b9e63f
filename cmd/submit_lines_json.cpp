#include "cmd/submit_lines_json.h"

namespace jobd::cmd {
namespace {

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
constexpr bool ends_scalar(char c) {
  return c == ',' || c == '}' || c == ']' || is_space(c);
}

// Past the string whose first quote is at `at`; the text's end where nothing closes it.
std::size_t past_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return text.size();
}

// Past the array or object that opens at `at`.
std::size_t past_brackets(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = past_string(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return text.size();
}

}  // namespace

std::optional<Member> ObjectText::next() {
  if (!begun_) {
    begun_ = true;
    if (!take('{')) return std::nullopt;
    if (take('}')) {
      skip_space();
      whole_ = at_ == text_.size();
      return std::nullopt;
    }
  } else if (!take(',')) {
    if (take('}')) {
      skip_space();
      whole_ = at_ == text_.size();
    }
    return std::nullopt;
  }
  const std::string_view key = take_string();
  if (key.empty() || !take(':')) return std::nullopt;
  const std::string_view value = take_value();
  if (value.empty()) return std::nullopt;
  return Member{key.substr(1, key.size() - 2), value};
}

bool ObjectText::take(char c) {
  skip_space();
  const bool here = at_ < text_.size() && text_[at_] == c;
  if (here) ++at_;
  return here;
}

void ObjectText::skip_space() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
}

std::string_view ObjectText::take_string() {
  skip_space();
  if (at_ == text_.size() || text_[at_] != '"') return {};
  const std::size_t begin = at_;
  at_ = past_string(text_, at_);
  const std::string_view string = text_.substr(begin, at_ - begin);
  return string.size() >= 2 && string.back() == '"' ? string : std::string_view();
}

std::string_view ObjectText::take_value() {
  skip_space();
  if (at_ == text_.size()) return {};
  const std::size_t begin = at_;
  const char first = text_[at_];
  if (first == '"') {
    at_ = past_string(text_, at_);
  } else if (first == '{' || first == '[') {
    at_ = past_brackets(text_, at_);
  } else {
    while (at_ < text_.size() && !ends_scalar(text_[at_])) ++at_;
  }
  return text_.substr(begin, at_ - begin);
}

std::string_view find_member(std::string_view object, std::string_view key) {
  ObjectText text(object);
  while (const auto member = text.next()) {
    if (member->key == key) return member->value;
  }
  return {};
}

std::string_view plain_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.find('\\') != std::string_view::npos) return {};
  return value.substr(1, value.size() - 2);
}

}  // namespace jobd::cmd
