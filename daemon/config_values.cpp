#include "daemon/config_values.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <type_traits>

namespace jobd {
namespace {

// The system would take what stands before it for the whole.
constexpr const char* kNul = "must not have a NUL character";

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

class ValueReader {
 public:
  ValueReader(const toml::node& node, const Range& range) : node_(node), range_(range) {}

  std::optional<std::string> operator()(std::string* into) const {
    const auto text = node_.value_exact<std::string>();
    if (!text) return "must be a string, in quotes";
    if (has_nul(*text)) return kNul;
    *into = *text;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::vector<std::string>* into) const {
    constexpr const char* kProblem = "must be a string or a list of strings";
    std::vector<std::string> out;
    if (const auto one = node_.value_exact<std::string>()) {
      out.push_back(*one);
    } else {
      const toml::array* items = node_.as_array();
      if (items == nullptr) return kProblem;
      for (const toml::node& item : *items) {
        const auto text = item.value_exact<std::string>();
        if (!text) return kProblem;
        out.push_back(*text);
      }
    }
    if (std::ranges::any_of(out, has_nul)) return kNul;
    *into = std::move(out);
    return std::nullopt;
  }
  std::optional<std::string> operator()(Duration* into) const {
    const auto text = node_.value_exact<std::string>();
    const auto value = text ? parse_duration(*text) : std::nullopt;
    if (!value) return R"(must be a duration in quotes, like "90s", "15m", "4h" or "3d")";
    if (!is_in_range(static_cast<double>(value->count()))) {
      return "must be from " + format_duration(Duration(static_cast<std::int64_t>(range_.min))) + " to " +
             format_duration(Duration(static_cast<std::int64_t>(range_.max)));
    }
    *into = *value;
    return std::nullopt;
  }
  std::optional<std::string> operator()(std::int64_t* into) const { return number(*into); }
  std::optional<std::string> operator()(int* into) const {
    std::int64_t wide = 0;
    if (auto problem = number(wide)) return problem;
    *into = static_cast<int>(wide);
    return std::nullopt;
  }
  std::optional<std::string> operator()(double* into) const { return number(*into); }
  std::optional<std::string> operator()(bool* into) const {
    const auto value = node_.value_exact<bool>();
    if (!value) return "must be true or false";
    *into = *value;
    return std::nullopt;
  }

 private:
  bool is_in_range(double value) const { return value >= range_.min && value <= range_.max; }

  template <typename T>
  std::optional<std::string> number(T& into) const {
    const auto value = node_.value<T>();
    const bool is_number = node_.is_integer() || (std::is_same_v<T, double> && node_.is_floating_point());
    if (!is_number || !value || !is_in_range(static_cast<double>(*value))) {
      return (std::is_same_v<T, double> ? "must be a number from " : "must be a whole number from ") +
             std::to_string(static_cast<std::int64_t>(range_.min)) + " to " +
             std::to_string(static_cast<std::int64_t>(range_.max));
    }
    into = *value;
    return std::nullopt;
  }

  const toml::node& node_;
  const Range& range_;
};

struct ValuePrinter {
  std::string operator()(const std::string* text) const {
    std::ostringstream out;
    out << toml::toml_formatter(toml::value(*text),
                                toml::toml_formatter::default_flags & ~toml::format_flags::allow_literal_strings);
    return out.str();
  }
  std::string operator()(const std::vector<std::string>* items) const {
    std::string out;
    for (const std::string& item : *items) out += (out.empty() ? "" : ", ") + (*this)(&item);
    return "[" + out + "]";
  }
  std::string operator()(const Duration* value) const {
    const std::string text = format_duration(*value);
    return (*this)(&text);
  }
  std::string operator()(const std::int64_t* value) const { return std::to_string(*value); }
  std::string operator()(const int* value) const { return std::to_string(*value); }
  std::string operator()(const double* value) const {
    std::array<char, 32> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), *value).ptr;  // the shortest that reads back
    const std::string text(out.data(), end);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
};

}  // namespace

std::optional<std::string> read_value(const toml::node& node, const Slot& slot, const Range& range) {
  return std::visit(ValueReader(node, range), slot);
}

std::string print_value(const Slot& slot) {
  return std::visit(ValuePrinter{}, slot);
}

}  // namespace jobd
