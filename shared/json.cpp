#include "shared/json.h"

#include "shared/json_quick.h"
#include "shared/json_tree.h"

namespace jobd {
namespace {

// nlohmann's parser, into the tree.
class Events final : public Json::json_sax_t {
 public:
  explicit Events(JsonTree& tree) : tree_(tree) {}

  bool null() override { return tree_.put(nullptr); }
  bool boolean(bool value) override { return tree_.put(value); }
  bool number_integer(number_integer_t value) override { return tree_.put(value); }
  bool number_unsigned(number_unsigned_t value) override { return tree_.put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return tree_.put(value); }
  bool string(string_t& value) override { return tree_.put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }  // not in JSON
  bool start_object(std::size_t /*size*/) override { return tree_.open(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return tree_.open(Json::array()); }
  bool end_object() override { return tree_.close(); }
  bool end_array() override { return tree_.close(); }
  bool key(string_t& value) override { return tree_.key(std::move(value)); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& cause) override {
    const std::string_view what = cause.what();
    const std::size_t detail = what.find(": ");
    return tree_.fail("at byte " + std::to_string(position) + ": " +
                      std::string(detail == std::string_view::npos ? what : what.substr(detail + 2)));
  }

 private:
  JsonTree& tree_;
};

}  // namespace

Result<Json> parse_json(std::string_view text) {
  // The library would take it for the end of the text.
  if (text.find('\0') != std::string_view::npos)
    return Error{Code::invalid_json, "this is no JSON: it contains a NUL byte"};
  if (std::optional<Json> tree = parse_json_quickly(text)) return *std::move(tree);
  return parse_json_in_words(text);
}

Result<Json> parse_json_in_words(std::string_view text) {
  JsonTree tree;
  Events events(tree);
  if (!Json::sax_parse(text, &events)) return Error{Code::invalid_json, "this is no JSON: " + tree.problem()};
  return tree.take_root();
}

std::string dump_json(const OrderedJson& json) {
  return json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

std::string dump_json(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace jobd
