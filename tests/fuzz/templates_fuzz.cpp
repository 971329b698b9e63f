// A template, with what it includes, and variables, to the words of a mail. Whatever they hold: an error is one of the
// few that are told, what comes of it is bounded and the same twice, HTML shows values escaped and is else what the
// plain text is, and a variable that is shown and is not there is never passed over.
//
//   {"name":"Ann"}                        variables, on a line
//   Hello {{name}}, {{>u}}                the template t, to a line that is --
//   --                                    then likewise u and v, which it may include
//   bye
#include <array>
#include <cctype>
#include <fstream>
#include <vector>

#include "daemon/templates.h"
#include "shared/codec.h"
#include "shared/error.h"
#include "shared/json.h"
#include "shared/unicode.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_folder.h"

namespace jobd::fuzz {
namespace {

constexpr std::array<const char*, 3> kNames{"t", "u", "v"};
constexpr std::string_view kBetween = "\n--\n";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // in front of a file, none of its text
// Far more than most inputs make, so that it is not the bound that decides; and so little that it often is.
constexpr std::size_t kWide = 64UL << 10;
constexpr std::size_t kNarrow = 100;

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (bool more = true; more && parts.size() < kNames.size();) {
    const std::size_t end = text.find(kBetween);
    more = end != std::string_view::npos;
    parts.push_back(text.substr(0, end));
    if (more) text.remove_prefix(end + kBetween.size());
  }
  return parts;
}

// The files of the one input that is under way; those of every ending are one.
class Folder {
 public:
  Folder() {
    for (const std::string name : kNames) {
      for (const char* ending : {".html", ".subject"}) {
        std::filesystem::create_symlink(name + ".txt", folder_.file(name + ending));
      }
    }
  }

  std::string path() const { return folder_.file(""); }

  void fill(const std::vector<std::string_view>& parts) {
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      const std::string file = folder_.file(std::string(kNames[i]) + ".txt");
      if (i < parts.size()) {
        std::ofstream(file, std::ios::binary) << parts[i];
      } else {
        std::filesystem::remove(file);
      }
    }
  }

 private:
  jobd::testing::TemporaryFolder folder_;
};

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&'    ? "&amp;"
           : c == '<'  ? "&lt;"
           : c == '>'  ? "&gt;"
           : c == '"'  ? "&quot;"
           : c == '\'' ? "&apos;"
                       : std::string(1, c);
  }
  return out;
}

// All that may be shown, escaped ahead.
void escape_values(Json& value) {
  if (value.is_string()) {
    value = html_escaped(value.get<std::string>());
  } else if (value.is_structured()) {
    for (Json& each : value) escape_values(each);
  }
}

std::string shown(const RenderedMail& mail) {
  return mail.text.value_or("(none)") + "\n---\n" + mail.html.value_or("(none)") + "\n---\n" +
         mail.subject.value_or("(none)");
}
std::string shown(const Result<RenderedMail>& mail) {
  return mail ? shown(*mail) : mail.error().field + ": " + mail.error().message;
}

void check_error(const Error& error, std::string_view source) {
  if (error.code == Code::too_large) return;
  expect(error.code == Code::invalid_field && row(error.code).http_status == 422, "422 or too large", error.message);
  if (error.field == "template") return;
  constexpr std::string_view kVariable = "variables.";
  expect(error.field.starts_with(kVariable), "of the template or a variable", error.field);
  const std::string_view name = std::string_view(error.field).substr(kVariable.size());
  expect(source.find(name) != std::string_view::npos, "a variable that the template names", error.field);
}

// A template of nothing but text and {{name}}, done another way; none where there is more in it.
std::optional<Result<std::string>> simply_rendered(std::string_view source, const Json& variables) {
  std::string out;
  std::optional<Error> missing;
  if (source.starts_with(kByteOrderMark)) source.remove_prefix(kByteOrderMark.size());
  for (;;) {
    const std::size_t tag = source.find("{{");
    out += source.substr(0, tag);
    if (tag == std::string_view::npos) break;
    source.remove_prefix(tag + 2);
    const std::string name(source.substr(0, source.find("}}")));
    const bool is_simple =
        !name.empty() && name.size() < source.size() &&
        std::ranges::all_of(name, [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
    if (!is_simple) return std::nullopt;
    source.remove_prefix(name.size() + 2);
    const auto value = variables.find(name);
    const bool is_there = value != variables.end() && !value->is_null() && !value->is_structured();
    if (!is_there && !missing) missing = Error{Code::invalid_field, "", "variables." + name};
    if (is_there) out += value->is_string() ? value->get<std::string>() : dump_json(*value);
  }
  if (missing) return Result<std::string>(*missing);
  return Result<std::string>(out);
}

struct Input {
  const Templates& templates;
  TemplateCall call;
  std::string source;  // of all parts
  Json variables;
};

void check_bounds(const Input& input, const Result<RenderedMail>& wide) {
  const Result<RenderedMail> narrow = input.templates.render(input.call, true, kNarrow);
  for (const auto& [mail, bytes_max] : {std::pair(&wide, kWide), std::pair(&narrow, kNarrow)}) {
    if (!*mail) {
      check_error(mail->error(), input.source);
      continue;
    }
    const RenderedMail& it = **mail;
    expect(it.text && it.html && it.subject, "each part that has a file", shown(it));
    expect(it.text->size() + it.html->size() <= bytes_max && it.subject->size() <= bytes_max, "bounded", shown(it));
    expect(is_utf8(*it.text) && is_utf8(*it.html), "UTF-8", shown(it));
  }
  if (narrow) expect_equal(shown(narrow), shown(wide), "a bound refuses or changes nothing");
}

void check_html(const Input& input, const RenderedMail& mail) {
  const bool shows_as_it_is =
      input.source.find('&') != std::string::npos || input.source.find("{{{") != std::string::npos;
  if (shows_as_it_is) return;
  Json escaped = input.variables;
  escape_values(escaped);
  const Result<RenderedMail> ahead = input.templates.render({input.call.name, dump_json(escaped)}, true, kWide * 4);
  expect(ahead.ok(), "values escaped ahead are shown too", shown(ahead));
  expect_equal(*mail.html, *ahead->text, "the HTML is the text with its values escaped");
}

void check(const Input& input, std::string_view first_part) {
  const Result<RenderedMail> wide = input.templates.render(input.call, true, kWide);
  expect_equal(shown(input.templates.render(input.call, true, kWide)), shown(wide), "the same twice");
  check_bounds(input, wide);
  if (wide) check_html(input, *wide);
  if (!is_utf8(first_part)) {
    expect(!wide.ok(), "what is not UTF-8 is refused", shown(wide));
    return;
  }
  const auto simple = simply_rendered(first_part, input.variables);
  if (!simple || (!wide && wide.error().code == Code::too_large)) return;
  if (*simple) {
    expect_equal(wide ? *wide->text : shown(wide), **simple, "what stands there, with the values");
  } else {
    expect_equal(wide ? shown(wide) : wide.error().field, simple->error().field, "the first that is missing is told");
  }
}

}  // namespace
}  // namespace jobd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jobd;
  static fuzz::Folder folder;
  static const MustacheTemplates templates(folder.path());
  const std::string_view input = fuzz::text_of(data, size);
  const std::size_t line_end = std::min(input.find('\n'), input.size());
  const std::string line = R"({"op":"submit_email","params":{"to":"a@b","template":"t","variables":)" +
                           std::string(input.substr(0, line_end)) + "}}";
  const RequestLine read = decode_request(line);
  if (!read.request || !std::holds_alternative<SubmitEmail>(*read.request)) return 0;
  const auto& call = std::get<SubmitEmail>(*read.request).from_template;
  if (!call) return 0;
  const std::string_view source = input.substr(std::min(line_end + 1, input.size()));
  const auto parts = fuzz::parts_of(source);
  folder.fill(parts);
  fuzz::check({templates, *call, std::string(source), *parse_json(call->variables)}, parts.front());
  return 0;
}
