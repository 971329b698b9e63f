#include "shared/json_quick.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <string>

#include "shared/json_tree.h"
#include "shared/limits.h"

namespace jobd {
namespace {

namespace boost_json = boost::json;
using boost_json::error_code;
using Piece = boost_json::string_view;

// What Boost.JSON's parser calls. Long texts come in several pieces, a number in one, as the text is there whole.
struct Handler {
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& error) { return done(tree.open(Json::object()), error); }
  bool on_object_end(std::size_t, error_code&) { return tree.close(); }
  bool on_array_begin(error_code& error) { return done(tree.open(Json::array()), error); }
  bool on_array_end(std::size_t, error_code&) { return tree.close(); }
  bool on_key_part(Piece piece, std::size_t, error_code&) { return collect(piece); }
  bool on_key(Piece piece, std::size_t, error_code& error) {
    collect(piece);
    return done(tree.key(std::exchange(text, {})), error);
  }
  bool on_string_part(Piece piece, std::size_t, error_code&) { return collect(piece); }
  bool on_string(Piece piece, std::size_t, error_code& error) {
    collect(piece);
    return done(tree.put(std::exchange(text, {})), error);
  }
  bool on_number_part(Piece, error_code&) { return true; }
  bool on_int64(std::int64_t value, Piece, error_code& error) {
    return done(value < 0 ? tree.put(value) : tree.put(static_cast<std::uint64_t>(value)), error);
  }
  bool on_uint64(std::uint64_t value, Piece, error_code& error) { return done(tree.put(value), error); }
  // Its own conversion of fractions is not exact.
  bool on_double(double, Piece digits, error_code& error) {
    double value = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return done(problem == std::errc() && end == digits.data() + digits.size() && tree.put(value), error);
  }
  bool on_bool(bool value, error_code& error) { return done(tree.put(value), error); }
  bool on_null(error_code& error) { return done(tree.put(nullptr), error); }
  bool on_comment_part(Piece, error_code&) { return true; }
  bool on_comment(Piece, error_code&) { return true; }

  bool collect(Piece piece) {
    text.append(piece.data(), piece.size());
    return true;
  }
  static bool done(bool good, error_code& error) {
    if (!good) error = boost_json::error::syntax;
    return good;
  }

  JsonTree tree;
  std::string text;
};

}  // namespace

std::optional<Json> parse_json_quickly(std::string_view text) {
  boost_json::parse_options options;
  options.max_depth = limits::kJsonDepth;
  boost_json::basic_parser<Handler> parser(options);
  error_code error;
  const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
  if (error || taken != text.size()) return std::nullopt;
  return parser.handler().tree.take_root();
}

}  // namespace jobd
