// JSON texts taken apart without a tree: where the members of an object begin and end.
//
// Only strings and brackets are looked at. Of valid JSON all it says is right; of other texts it says anything. That is
// enough to set a text into a request: were the whole valid JSON, then so were the part, and as long as it was found to
// be. Were it not, jobd refuses the whole.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace jobd::cmd {

// Views of the text.
struct Member {
  std::string_view key;    // between its quotes, as it is written
  std::string_view value;  // without the space around it
};

class ObjectText {
 public:
  explicit ObjectText(std::string_view text) : text_(text) {}

  // The next member. None after the last one, and where the text is no object.
  std::optional<Member> next();
  // Whether the text was one object with nothing but space around it. Precondition: next() gave none.
  bool is_whole() const { return whole_; }

 private:
  bool take(char c);  // with the space before it
  void skip_space();
  std::string_view take_string();  // with its quotes; empty: none
  std::string_view take_value();

  std::string_view text_;
  std::size_t at_ = 0;
  bool begun_ = false;
  bool whole_ = false;
};

// The value of that key, the first where there are several; empty without one.
std::string_view find_member(std::string_view object, std::string_view key);

// "text" of the value "\"text\"" where it is a string without escapes; else empty.
std::string_view plain_string(std::string_view value);

}  // namespace jobd::cmd
