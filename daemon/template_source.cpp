#include "daemon/template_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/descriptor.h"
#include "shared/limits.h"
#include "shared/unicode.h"

namespace jobd {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // that some editors put before all

Error bad(const std::string& what) {
  return {Code::invalid_field, "template cannot be used: " + what, "template"};
}

Error bad(const std::string& file, int error) {
  return bad(file + ": " + std::strerror(error));
}

Result<std::optional<std::string>> read_small_file(const std::string& path, const std::string& file) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.get() < 0)
    return errno == ENOENT ? Result<std::optional<std::string>>(std::nullopt) : bad(file, errno);
  struct stat info{};
  if (::fstat(descriptor.get(), &info) != 0) return bad(file, errno);
  if (!S_ISREG(info.st_mode)) return bad(file + " is no file");
  std::string text;
  std::array<char, 16384> piece{};
  while (true) {
    const ssize_t n = ::read(descriptor.get(), piece.data(), piece.size());
    if (n == 0) break;
    if (n < 0) return bad(file, errno);
    text.append(piece.data(), static_cast<std::size_t>(n));
    if (text.size() > limits::kTemplateBytes)
      return bad(file + " has more than " + std::to_string(limits::kTemplateBytes) + " bytes");
  }
  if (!is_utf8(text)) return bad(file + " is not UTF-8");
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return std::optional(std::move(text));
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= limits::kTemplateNameBytes && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// A tag as it stands in the text, from the first brace to behind the last.
struct Tag {
  std::size_t begin = 0;
  std::size_t end = 0;
  char kind = ' ';  // # ^ / > ! = & { or a space, for a plain variable
  std::string_view name;
};

// The first tag; none at the end of the text. Error: one that is not closed.
Result<std::optional<Tag>> find_tag(std::string_view text) {
  Tag tag;
  tag.begin = text.find("{{");
  if (tag.begin == std::string_view::npos) return std::optional<Tag>();
  const bool triple = text.substr(tag.begin).starts_with("{{{");
  const std::string_view close = triple ? "}}}" : "}}";
  const std::size_t open_size = close.size();
  const std::size_t inner_end = text.find(close, tag.begin + open_size);
  if (inner_end == std::string_view::npos) return bad("a tag is not closed");
  tag.end = inner_end + close.size();
  tag.name = trim(text.substr(tag.begin + open_size, inner_end - tag.begin - open_size));
  if (triple) tag.kind = '{';
  if (!triple && !tag.name.empty() && std::string_view("#^/>!=&").find(tag.name.front()) != std::string_view::npos) {
    tag.kind = tag.name.front();
    tag.name = trim(tag.name.substr(1));
  }
  return std::optional(tag);
}

// Reads a file and those that it includes into one source.
class Reader {
 public:
  Reader(const std::string& folder, std::string_view ending) : folder_(folder), ending_(ending) {}

  // false: there is no such file.
  Result<bool> add(std::string_view name, std::size_t depth) {
    const std::string file = std::string(name) + std::string(ending_);
    Result<std::optional<std::string>> text = read_small_file(folder_ + "/" + file, file);
    if (!text) return std::move(text).error();
    if (!*text) return false;
    if (depth > limits::kTemplateDepth)
      return bad(file + " is included more than " + std::to_string(limits::kTemplateDepth) + " deep");
    if (auto problem = add_text(**text, depth)) {
      if (depth == 0) problem->message += " (in " + file + ")";
      return *std::move(problem);
    }
    return true;
  }

  TemplateSource take() { return std::move(source_); }

 private:
  std::optional<Error> add_text(std::string_view text, std::size_t depth) {
    while (true) {
      const Result<std::optional<Tag>> found = find_tag(text);
      if (!found) return found.error();
      if (!*found) break;
      const Tag& tag = **found;
      const std::size_t line_end = end_of_own_line(text, tag);
      const bool alone = line_end != std::string_view::npos;
      add_plain(alone ? without_last_line(text.substr(0, tag.begin)) : text.substr(0, tag.begin));
      if (auto problem = add_tag(tag, depth)) return problem;
      if (bytes_ > limits::kTemplateBytes) {
        return bad("with all that it includes it has more than " + std::to_string(limits::kTemplateBytes) + " bytes");
      }
      text.remove_prefix(alone ? line_end : tag.end);
      at_line_start_ = alone;
    }
    add_plain(text);
    return std::nullopt;
  }

  void add_plain(std::string_view text) {
    if (text.empty()) return;
    put("{{&", kPlainMark + std::to_string(source_.plain.size()));
    source_.plain.emplace_back(text);
    bytes_ += text.size();
  }

  std::optional<Error> add_tag(const Tag& tag, std::size_t depth) {
    if (tag.kind == '!') return std::nullopt;
    if (tag.kind == '=') return bad("{{=...=}}, other marks than braces, is not taken");
    if (tag.kind == '>') return include(tag.name, depth);
    if (tag.name.empty() || has_control(tag.name)) return bad("a tag has no name");
    if (tag.name.find_first_of("{}") != std::string_view::npos) return bad("a tag's name has a brace in it");
    if (tag.kind == '#' || tag.kind == '^') ++sections_;
    if (tag.kind == '/' && sections_ > 0) --sections_;
    if (sections_ > limits::kTemplateSections)
      return bad("sections are more than " + std::to_string(limits::kTemplateSections) + " deep");
    const bool is_section = tag.kind == '#' || tag.kind == '^' || tag.kind == '/';
    if (is_section) {
      put(std::string("{{") + tag.kind, kSectionMark + std::string(tag.name));
    } else {
      put(tag.kind == ' ' ? "{{" : "{{&", tag.name);
    }
    return std::nullopt;
  }

  void put(std::string_view open, std::string_view name) {
    ((source_.tags += open) += name) += "}}";
    bytes_ += open.size() + name.size();
  }

  std::optional<Error> include(std::string_view name, std::size_t depth) {
    if (!is_file_name(name)) return bad("{{>...}} takes a name of a-z, 0-9, - and _");
    at_line_start_ = true;
    const Result<bool> added = add(name, depth + 1);
    if (!added) return added.error();
    if (!*added) return bad("there is no " + std::string(name) + std::string(ending_) + ", which is included");
    return std::nullopt;
  }

  // Behind the line end where a tag that writes nothing has its line for itself, blanks apart; else npos.
  std::size_t end_of_own_line(std::string_view text, const Tag& tag) const {
    if (tag.kind == ' ' || tag.kind == '&' || tag.kind == '{') return std::string_view::npos;
    const std::string_view before = text.substr(0, tag.begin);
    const std::size_t last = before.find_last_not_of(" \t");
    const bool first = last == std::string_view::npos ? at_line_start_ : before[last] == '\n';
    if (!first) return std::string_view::npos;
    const std::size_t next = text.find_first_not_of(" \t\r", tag.end);
    if (next == std::string_view::npos) return text.size();
    return text[next] == '\n' ? next + 1 : std::string_view::npos;
  }
  static std::string_view without_last_line(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t") + 1);
  }

  const std::string& folder_;
  const std::string_view ending_;
  TemplateSource source_;
  std::size_t bytes_ = 0;
  std::size_t sections_ = 0;   // that are open
  bool at_line_start_ = true;  // of what is still to be added
};

}  // namespace

Result<std::optional<TemplateSource>> read_template(const std::string& folder, std::string_view name,
                                                    std::string_view ending) {
  Reader reader(folder, ending);
  const Result<bool> added = reader.add(name, 0);
  if (!added) return added.error();
  return *added ? std::optional(reader.take()) : std::nullopt;
}

}  // namespace jobd
