#include "cmd/compose.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <istream>
#include <optional>
#include <utility>

#include "cmd/content_type.h"
#include "cmd/exit_code.h"
#include "shared/codec.h"
#include "shared/json.h"
#include "shared/unicode.h"

namespace jobd::cmd {
namespace {

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
  while ((got = ::read(descriptor, part.data(), part.size())) > 0 && content.size() <= kInputBytesMax) {
    content.append(part.data(), static_cast<std::size_t>(got));
  }
  const int error_number = errno;
  ::close(descriptor);
  if (got < 0) return no_input(path, std::strerror(error_number));
  if (content.size() > kInputBytesMax) return too_large(path);
  return content;
}

Or<std::string> read_standard_input(Console& console) {
  std::string content;
  std::array<char, 65536> part{};
  while (console.in.read(part.data(), part.size()) || console.in.gcount() > 0) {
    content.append(part.data(), static_cast<std::size_t>(console.in.gcount()));
    if (content.size() > kInputBytesMax) return too_large("standard input");
  }
  if (console.in.bad()) return no_input("standard input", std::strerror(errno));
  return content;
}

Or<std::string> read_source(const std::string& path, Console& console) {
  return path == "-" ? read_standard_input(console) : read_file(path);
}

// What a body's source gives; nothing where the words are in an HTML file alone or a template.
struct Reader {
  Console& console;
  bool has_words;

  using Text = Or<std::optional<std::string>>;
  Text operator()(const UnsaidBody&) const {
    if (has_words) return std::nullopt;
    if (!console.in_is_terminal) return (*this)(StandardInputBody{});
    return Refusal{kUsage, "no text: give --body TEXT, --body-file FILE, --html-file FILE, or - and type it"};
  }
  Text operator()(const LiteralBody& body) const { return body.text; }
  Text operator()(const FileBody& body) const { return whole(read_source(body.path, console)); }
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

std::optional<Refusal> read_parts(const Submit& submit, Email& email, Console& console) {
  const bool has_words = !submit.html_file.empty() || submit.request.from_template;
  auto text = std::visit(Reader{console, has_words}, submit.body);
  if (auto* refusal = std::get_if<Refusal>(&text)) return std::move(*refusal);
  email.text = std::get<std::optional<std::string>>(std::move(text));
  if (!submit.html_file.empty()) {
    auto html = read_file(submit.html_file);
    if (auto* refusal = std::get_if<Refusal>(&html)) return std::move(*refusal);
    email.html = std::get<std::string>(std::move(html));
  }
  for (const std::string& path : submit.attachments) {
    auto attachment = attach(path);
    if (auto* refusal = std::get_if<Refusal>(&attachment)) return std::move(*refusal);
    email.attachments.push_back(std::get<Attachment>(std::move(attachment)));
  }
  if (const auto bad = find_bad_text(email)) {
    return Refusal{kBadData, *bad + " is not UTF-8; convert it first, for example: iconv -f latin1 -t utf-8"};
  }
  return std::nullopt;
}

std::optional<Refusal> read_variables(const Submit& submit, TemplateCall& call, Console& console) {
  Json variables = Json::object();
  if (!submit.variables_file.empty()) {
    const auto read = read_source(submit.variables_file, console);
    if (const auto* refusal = std::get_if<Refusal>(&read)) return *refusal;
    const std::string name = submit.variables_file == "-" ? "standard input" : submit.variables_file;
    auto object = parse_json(std::get<std::string>(read));
    if (!object) return Refusal{kBadData, name + ": " + object.error().message};
    if (!object->is_object()) return Refusal{kBadData, name + ": variables are a JSON object"};
    variables = *std::move(object);
  }
  for (const auto& [key, value] : submit.variables) variables[key] = value;
  call.variables = dump_json(variables);
  return std::nullopt;
}

std::optional<Refusal> read_whole(const std::string& path, Email& email, Console& console) {
  auto message = read_source(path, console);
  if (auto* refusal = std::get_if<Refusal>(&message)) return std::move(*refusal);
  email.raw = std::get<std::string>(std::move(message));
  return std::nullopt;
}

// What the command line says of a list or an object comes to what is there; a value of another type stays for jobd to
// refuse.
void add_tags(const Json& tags, Json& to) {
  if (to.is_null()) to = Json::array();
  if (!to.is_array()) return;
  for (const Json& tag : tags) {
    if (std::ranges::find(to, tag) == to.end()) to.push_back(tag);
  }
}
void add_metadata(const Json& metadata, Json& to) {
  if (to.is_null()) to = Json::object();
  if (to.is_object()) to.update(metadata);
}

void apply(const Json& options, Json& email) {
  const auto replaces = [&](const char* option, const char* other) {
    if (options.contains(option)) email.erase(other);
  };
  replaces("delay", "scheduled_at");
  replaces("scheduled_at", "delay");
  replaces("ttl", "expires_at");
  for (const auto& [option, value] : options.items()) {
    if (option == "tags") {
      add_tags(value, email[option]);
    } else if (option == "metadata") {
      add_metadata(value, email[option]);
    } else {
      email[option] = value;
    }
  }
}

std::variant<SubmitEmail, EmailJson, Refusal> compose_json(const Submit& submit, const std::string& new_key,
                                                           Console& console) {
  const auto read = read_source(submit.json_file, console);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return *refusal;
  const std::string name = submit.json_file == "-" ? "standard input" : submit.json_file;
  auto email = parse_json(std::get<std::string>(read));
  if (!email) return Refusal{kBadData, name + ": " + email.error().message};
  if (!email->is_object()) return Refusal{kBadData, name + ": an email is a JSON object"};
  if (const auto options = parse_json(encode_submit_options(submit.request))) apply(*options, *email);
  Json& key = (*email)["idempotency_key"];
  if (!submit.request.idempotency_key.empty()) key = submit.request.idempotency_key;
  if (key.is_null()) key = new_key;
  return EmailJson{dump_json(*email), key.is_string() ? key.get<std::string>() : dump_json(key)};
}

}  // namespace

std::variant<SubmitEmail, EmailJson, Refusal> compose(const Submit& submit, const std::string& new_key,
                                                      Console& console) {
  if (!submit.json_file.empty()) return compose_json(submit, new_key, console);
  SubmitEmail request = submit.request;
  if (request.idempotency_key.empty()) request.idempotency_key = new_key;
  auto refusal = submit.raw_file.empty() ? read_parts(submit, request.email, console)
                                         : read_whole(submit.raw_file, request.email, console);
  if (!refusal && request.from_template) refusal = read_variables(submit, *request.from_template, console);
  if (refusal) return *std::move(refusal);
  return request;
}

}  // namespace jobd::cmd
