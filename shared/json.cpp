#include "shared/json.h"

#include <vector>

#include "shared/limits.h"

namespace jobd {
namespace {

// Builds the tree as nlohmann's own parser does, and stops at the first duplicate key or too deep a nesting.
class StrictBuilder final : public Json::json_sax_t {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in JSON
  bool start_object(std::size_t /*size*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    const auto [place, added] = stack_.back()->get_ref<Json::object_t&>().try_emplace(value, nullptr);
    slot_ = &place->second;
    return added || fail("duplicate key \"" + value.substr(0, 64) + "\"");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& cause) override {
    const std::string_view what = cause.what();
    const std::size_t detail = what.find(": ");
    fail("at byte " + std::to_string(position) + ": " +
         std::string(detail == std::string_view::npos ? what : what.substr(detail + 2)));
    return false;
  }

  Json take_root() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

 private:
  template <typename T>
  bool put(T&& value) {
    if (values_ == limits::kJsonValues) return fail("more than " + std::to_string(limits::kJsonValues) + " values");
    place(Json(std::forward<T>(value)));
    return true;
  }

  Json* place(Json value) {
    ++values_;
    if (stack_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *stack_.back();
    if (parent.is_array()) {
      parent.get_ref<Json::array_t&>().push_back(std::move(value));
      return &parent.back();
    }
    *slot_ = std::move(value);
    return slot_;
  }

  bool open(Json empty) {
    if (values_ == limits::kJsonValues) return fail("more than " + std::to_string(limits::kJsonValues) + " values");
    if (stack_.size() == limits::kJsonDepth) {
      return fail("nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
    }
    stack_.push_back(place(std::move(empty)));
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  Json root_;
  std::vector<Json*> stack_;  // open containers; a parent does not grow while its child is open
  Json* slot_ = nullptr;      // the value of the key just read
  std::size_t values_ = 0;
  std::string problem_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
  // The library would take it for the end of the text.
  if (text.find('\0') != std::string_view::npos)
    return Error{Code::invalid_json, "this is no JSON: it contains a NUL byte"};
  StrictBuilder builder;
  if (!Json::sax_parse(text, &builder)) return Error{Code::invalid_json, "this is no JSON: " + builder.problem()};
  return builder.take_root();
}

std::string dump_json(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::string dump_json(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace jobd
