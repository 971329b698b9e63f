#include "shared/json_writer.h"

#include <gtest/gtest.h>

#include "shared/json.h"

namespace jobd {
namespace {

std::string text(std::string_view value) {
  std::string out;
  JsonWriter(out).text(value);
  return out;
}

TEST(JsonWriter, WritesWhatTheLibraryWould) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().key("a").begin_array().number(-1).null().text("x").begin_object().end_object().end_array();
  writer.key("b").text_or_null("").key("c").raw("{\"d\":1}").key("e").begin_array().end_array().end_object();
  EXPECT_EQ(out, R"({"a":[-1,null,"x",{}],"b":null,"c":{"d":1},"e":[]})");
  EXPECT_EQ(dump_json(OrderedJson::parse(out)), out);
}

TEST(JsonWriter, EscapesEveryByteThatNeedsIt) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string value{'a', static_cast<char>(byte), 'b'};
    EXPECT_EQ(text(value), dump_json(Json(value)));
    EXPECT_EQ(Json::parse(text(value)), Json(value));
  }
  EXPECT_EQ(text("Grüße \"x\" \\"), R"("Grüße \"x\" \\")");
  EXPECT_EQ(text("\xff"), "\"\xef\xbf\xbd\"") << "what is no UTF-8 becomes the character for it";
}

}  // namespace
}  // namespace jobd
