#include "cmd/compose.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <istream>
#include <optional>
#include <utility>

#include "cmd/content_type.h"
#include "cmd/exit_code.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

// More than any configuration of jobd lets through, and less than a machine's memory.
constexpr std::size_t kFileBytesMax = 256UL << 20;

template <typename T>
using Or = std::variant<T, Refusal>;

Refusal no_input(const std::string& path, const std::string& why) {
  return {kNoInput, "cannot read " + path + ": " + why};
}
Refusal too_large(const std::string& path) {
  return {kBadData, path + " is too large for an email"};
}

Or<std::string> read_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return no_input(path, std::strerror(errno));
  std::string content;
  std::array<char, 65536> part{};
  ssize_t got = 0;
  while ((got = ::read(descriptor, part.data(), part.size())) > 0 && content.size() <= kFileBytesMax) {
    content.append(part.data(), static_cast<std::size_t>(got));
  }
  const int error_number = errno;
  ::close(descriptor);
  if (got < 0) return no_input(path, std::strerror(error_number));
  if (content.size() > kFileBytesMax) return too_large(path);
  return content;
}

Or<std::string> read_standard_input(Console& console) {
  std::string content;
  std::array<char, 65536> part{};
  while (console.in.read(part.data(), part.size()) || console.in.gcount() > 0) {
    content.append(part.data(), static_cast<std::size_t>(console.in.gcount()));
    if (content.size() > kFileBytesMax) return too_large("standard input");
  }
  if (console.in.bad()) return no_input("standard input", std::strerror(errno));
  return content;
}

// What a body's source gives; nothing where there is an HTML file alone.
struct Reader {
  Console& console;
  bool has_html;

  using Text = Or<std::optional<std::string>>;
  Text operator()(const UnsaidBody&) const {
    if (has_html) return std::nullopt;
    if (!console.in_is_terminal) return (*this)(StandardInputBody{});
    return Refusal{kUsage, "no text: give --body TEXT, --body-file FILE, --html-file FILE, or - and type it"};
  }
  Text operator()(const LiteralBody& body) const { return body.text; }
  Text operator()(const FileBody& body) const {
    return body.path == "-" ? (*this)(StandardInputBody{}) : whole(read_file(body.path));
  }
  Text operator()(const StandardInputBody&) const { return whole(read_standard_input(console)); }

 private:
  static Text whole(Or<std::string> read) {
    if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
    return std::optional(std::get<std::string>(std::move(read)));
  }
};

Or<Attachment> attach(const std::string& path) {
  auto content = read_file(path);
  if (auto* refusal = std::get_if<Refusal>(&content)) return std::move(*refusal);
  Attachment attachment;
  attachment.filename = path.substr(path.rfind('/') + 1);
  attachment.content = std::get<std::string>(std::move(content));
  attachment.content_type = content_type_of(attachment.filename);
  return attachment;
}

// JSON can carry only UTF-8. The first text that is none, as the user knows it.
std::optional<std::string> find_bad_text(const Email& email) {
  if (email.text && !is_utf8(*email.text)) return "the text";
  if (email.html && !is_utf8(*email.html)) return "the HTML file";
  for (const Attachment& attachment : email.attachments) {
    if (!is_utf8(attachment.filename)) return "the name of an attachment";
  }
  return std::nullopt;
}

}  // namespace

std::variant<SubmitEmail, Refusal> compose(const Submit& submit, Console& console) {
  SubmitEmail request = submit.request;
  auto text = std::visit(Reader{console, !submit.html_file.empty()}, submit.body);
  if (auto* refusal = std::get_if<Refusal>(&text)) return std::move(*refusal);
  request.email.text = std::get<std::optional<std::string>>(std::move(text));
  if (!submit.html_file.empty()) {
    auto html = read_file(submit.html_file);
    if (auto* refusal = std::get_if<Refusal>(&html)) return std::move(*refusal);
    request.email.html = std::get<std::string>(std::move(html));
  }
  for (const std::string& path : submit.attachments) {
    auto attachment = attach(path);
    if (auto* refusal = std::get_if<Refusal>(&attachment)) return std::move(*refusal);
    request.email.attachments.push_back(std::get<Attachment>(std::move(attachment)));
  }
  if (const auto bad = find_bad_text(request.email)) {
    return Refusal{kBadData, *bad + " is not UTF-8; convert it first, for example: iconv -f latin1 -t utf-8"};
  }
  return request;
}

}  // namespace jobd::cmd
