#include "daemon/templates.h"

#include <exception>
#include <kainjow/mustache.hpp>
#include <sstream>
#include <utility>
#include <vector>

#include "daemon/template_source.h"
#include "shared/json.h"

namespace jobd {
namespace {

namespace mustache = kainjow::mustache;
using Data = mustache::data;

// Leaves the library's rendering, caught where that was called.
class Stop : public std::exception {
 public:
  explicit Stop(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

Error too_large(std::size_t bytes_max) {
  return {Code::too_large, "the template makes more than " + std::to_string(bytes_max) + " bytes of content"};
}

Data data_of(const Json& json) {
  if (json.is_string()) return Data(json.get_ref<const std::string&>());
  if (json.is_boolean()) return Data(json.get<bool>());
  if (json.is_number()) return Data(dump_json(json));
  if (json.is_array()) {
    Data list(Data::type::list);
    for (const Json& item : json) list.push_back(data_of(item));
    return list;
  }
  Data object(Data::type::object);
  if (!json.is_object()) return Data(false);  // null
  for (const auto& item : json.items()) {
    if (!item.value().is_null()) object[item.key()] = data_of(item.value());
  }
  return object;
}

// Where the library looks names up: the innermost section first. Each piece that it writes is asked for here and
// counted; what may not be missing, or comes to too much, ends the rendering. Escapes what is shown as HTML.
class Scope final : public mustache::basic_context<std::string> {
 public:
  Scope(const Data& variables, const TemplateSource& source, std::size_t bytes_max)
      : plain_(source.plain.begin(), source.plain.end()), bytes_max_(bytes_max) {
    stack_.push_back(&variables);
  }

  void push(const Data* data) override {
    count(1);
    stack_.push_back(data);
  }
  void pop() override { stack_.pop_back(); }
  const Data* get_partial(const std::string& /*name*/) const override { return nullptr; }  // none is left

  const Data* get(const std::string& name) const override {
    if (name.front() == kSectionMark) return for_section(name.substr(1));
    const Data* text = name.front() == kPlainMark ? &plain_[std::stoul(name.substr(1))] : for_text(name);
    count(text->string_value().size());
    return text;
  }

 private:
  void count(std::size_t bytes) const {
    if (bytes > bytes_max_ - bytes_) throw Stop(too_large(bytes_max_));
    bytes_ += bytes;
  }

  const Data* for_section(const std::string& name) const {
    static const Data kNo(false);
    const Data* found = find(name);
    const bool is_empty = found != nullptr && found->is_string() && found->string_value().empty();
    return is_empty ? &kNo : found;
  }

  const Data* for_text(const std::string& name) const {
    static const Data kTrue("true");
    static const Data kFalse("false");
    const Data* found = find(name);
    if (found == nullptr) throw Stop(wrong(name, "is missing, and the template shows it"));
    if (found->is_bool()) return found->is_true() ? &kTrue : &kFalse;
    if (!found->is_string()) throw Stop(wrong(name, "is no text, and the template shows it as one"));
    return found;
  }

  static Error wrong(const std::string& name, const char* why) {
    std::string field = "variables." + name;
    std::string message = field + " " + why;
    return {Code::invalid_field, std::move(message), std::move(field)};
  }

  // The first part of a dotted name decides where the rest is looked for.
  const Data* find(const std::string& name) const {
    if (name == ".") return stack_.back();
    const std::size_t dot = name.find('.');
    const Data* found = nullptr;
    for (auto at = stack_.rbegin(); at != stack_.rend() && found == nullptr; ++at) {
      found = (*at)->get(name.substr(0, dot));
    }
    std::size_t begin = dot;
    while (found != nullptr && begin != std::string::npos) {
      const std::size_t end = name.find('.', begin + 1);
      found = found->get(name.substr(begin + 1, end == std::string::npos ? end : end - begin - 1));
      begin = end;
    }
    return found;
  }

  const std::vector<Data> plain_;
  std::vector<const Data*> stack_;
  const std::size_t bytes_max_;
  mutable std::size_t bytes_ = 0;
};

// Of the library's, which names what the template does not.
std::string without_marks(std::string message) {
  std::erase(message, kSectionMark);
  return message;
}

enum class Escape : std::uint8_t { none, html };

Result<std::string> rendered(const TemplateSource& source, const Data& variables, Escape escape,
                             std::size_t bytes_max) {
  mustache::mustache page(source.tags);
  if (!page.is_valid()) {
    return Error{Code::invalid_field, "template cannot be used: " + without_marks(page.error_message()), "template"};
  }
  if (escape == Escape::none) page.set_custom_escape([](const std::string& text) { return text; });
  Scope scope(variables, source, bytes_max);
  std::ostringstream out;
  try {
    page.render(scope, out);
  } catch (const Stop& stop) {
    return stop.error();
  }
  std::string text = std::move(out).str();
  if (text.size() > bytes_max) return too_large(bytes_max);  // escaped
  return text;
}

// The line end that editors put behind the last line.
std::string first_line_alone(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

Result<RenderedMail> MustacheTemplates::render(const TemplateCall& call, bool with_subject,
                                               std::size_t bytes_max) const {
  const Result<Json> json = parse_json(call.variables);
  if (!json) return json.error();
  const Data variables = data_of(*json);
  const auto part = [&](std::string_view ending, Escape escape,
                        std::size_t room) -> Result<std::optional<std::string>> {
    Result<std::optional<TemplateSource>> source = read_template(folder_, call.name, ending);
    if (!source) return std::move(source).error();
    if (!*source) return std::optional<std::string>();
    Result<std::string> text = rendered(**source, variables, escape, room);
    if (!text) return std::move(text).error();
    return std::optional(*std::move(text));
  };
  Result<std::optional<std::string>> text = part(".txt", Escape::none, bytes_max);
  if (!text) return std::move(text).error();
  Result<std::optional<std::string>> html = part(".html", Escape::html, bytes_max - (*text ? (*text)->size() : 0));
  if (!html) return std::move(html).error();
  if (!*text && !*html) {
    return Error{
        Code::invalid_field,
        "template is unknown: the folder mail.templates has no " + call.name + ".txt or " + call.name + ".html",
        "template"};
  }
  RenderedMail mail{std::nullopt, *std::move(text), *std::move(html)};
  if (!with_subject) return mail;
  Result<std::optional<std::string>> subject = part(".subject", Escape::none, bytes_max);
  if (!subject) return std::move(subject).error();
  if (*subject) mail.subject = first_line_alone(**std::move(subject));
  return mail;
}

}  // namespace jobd
