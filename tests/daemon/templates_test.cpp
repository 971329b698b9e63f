#include "daemon/templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shared/limits.h"
#include "tests/support/temporary_folder.h"

namespace jobd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TemplatesTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) { folder_.write(name, text); }

  Result<RenderedMail> render(const std::string& variables, const std::string& name = "t",
                              std::size_t bytes_max = limits::kContentBytes) {
    return templates_.render({name, variables}, true, bytes_max);
  }
  // Of a template that is this text alone.
  std::string text_of(const std::string& source, const std::string& variables) {
    write("t.txt", source);
    const Result<RenderedMail> mail = render(variables);
    return mail ? mail->text.value_or("no text") : mail.error().field + ": " + mail.error().message;
  }
  Error error_of(const std::string& source, const std::string& variables) {
    write("t.txt", source);
    const Result<RenderedMail> mail = render(variables);
    return mail ? Error{Code::internal, *mail->text} : mail.error();
  }

  jobd::testing::TemporaryFolder folder_;
  MustacheTemplates templates_{folder_.file("")};
};

TEST_F(TemplatesTest, SubjectTextAndHtml) {
  write("t.subject", "Order {{number}}\n");
  write("t.txt", "Dear {{name}} & co,\n");
  write("t.html", "<p>{{name}} {{{name}}} {{&name}}</p>\n");
  const auto mail = render(R"({"name":"<Ann> \"A\" & 'B'","number":42})");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->subject, "Order 42");
  EXPECT_EQ(mail->text, "Dear <Ann> \"A\" & 'B' & co,\n");
  EXPECT_EQ(mail->html, "<p>&lt;Ann&gt; &quot;A&quot; &amp; &apos;B&apos; <Ann> \"A\" & 'B' <Ann> \"A\" & 'B'</p>\n");
}

TEST_F(TemplatesTest, AByteOrderMarkIsNoText) {
  write("t.subject", "\xef\xbb\xbfHello\n");
  write("t.txt", "\xef\xbb\xbf{{>footer}}");
  write("footer.txt",
        "\xef\xbb\xbf"
        "Bye \xef\xbb\xbf\n");
  const auto mail = render("{}");
  ASSERT_TRUE(mail) << mail.error().message;
  EXPECT_EQ(mail->subject, "Hello");
  EXPECT_EQ(mail->text, "Bye \xef\xbb\xbf\n") << "inside of a text it is one";
}

TEST_F(TemplatesTest, ABraceInANameIsRefused) {
  for (const char* source : {"hello {{{}}x}}} end", "{{{a}}b}}}", "{{a{b}}", "{{#}}}}{{/}}}}", "{{&}x}}"}) {
    const Error error = error_of(source, "{}");
    EXPECT_EQ(error.code, Code::invalid_field) << source;
    EXPECT_EQ(error.field, "template") << source;
  }
}

TEST_F(TemplatesTest, AGivenSubjectIsNotRendered) {
  write("t.subject", "{{nothing}}");
  write("t.txt", "x");
  const auto mail = templates_.render({"t", "{}"}, false, 100);
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->subject, std::nullopt);
  EXPECT_EQ(render("{}").error().field, "variables.nothing");
}

TEST_F(TemplatesTest, OneOfTextAndHtmlMustBeThere) {
  write("t.subject", "x");
  EXPECT_EQ(render("{}").error().field, "template");
  write("t.html", "y");
  const auto mail = render("{}");
  ASSERT_TRUE(mail);
  EXPECT_EQ(mail->text, std::nullopt);
  EXPECT_THAT(render("{}", "other").error().message, HasSubstr("has no other.txt or other.html"));
}

TEST_F(TemplatesTest, ValuesOfEveryKind) {
  EXPECT_EQ(text_of("{{s}} {{i}} {{f}} {{t}} {{b}} {{e}}.", R"({"s":"x","i":-7,"f":1.5,"t":true,"b":false,"e":""})"),
            "x -7 1.5 true false .");
  EXPECT_EQ(text_of("{{a.b.c}}", R"({"a":{"b":{"c":"deep"}}})"), "deep");
}

TEST_F(TemplatesTest, Sections) {
  const std::string items = "{{#items}}\n- {{name}} for {{customer}}\n{{/items}}\n{{^items}}\nnothing\n{{/items}}\n";
  EXPECT_EQ(text_of(items, R"({"customer":"Ann","items":[{"name":"a"},{"name":"b"}]})"), "- a for Ann\n- b for Ann\n");
  EXPECT_EQ(text_of(items, R"({"items":[]})"), "nothing\n");
  EXPECT_EQ(text_of(items, "{}"), "nothing\n");
  EXPECT_EQ(text_of("{{#n}}{{.}},{{/n}}", R"({"n":["a",1,true]})"), "a,1,true,");
  EXPECT_EQ(text_of("{{#name}}Dear {{name}}{{/name}}{{^name}}Hello{{/name}}", R"({"name":"Ann"})"), "Dear Ann");
  for (const char* none : {"{}", R"({"name":null})", R"({"name":""})", R"({"name":false})"}) {
    EXPECT_EQ(text_of("{{#name}}Dear {{name}}{{/name}}{{^name}}Hello{{/name}}", none), "Hello") << none;
  }
  EXPECT_EQ(text_of("{{#a.b}}yes{{/a.b}}{{^a.c}}no{{/a.c}}", R"({"a":{"b":true}})"), "yesno");
}

TEST_F(TemplatesTest, AMissingVariableIsAnError) {
  for (const char* source : {"{{x}}", "{{{x}}}", "{{&x}}", "{{#s}}{{x}}{{/s}}", "{{#x}}{{/x}}{{x}}"}) {
    const Error error = error_of(source, R"({"s":true})");
    EXPECT_EQ(error.code, Code::invalid_field) << source << error.message;
    EXPECT_EQ(error.field, "variables.x");
  }
  EXPECT_EQ(error_of("{{x}}", R"({"x":null})").field, "variables.x");
  EXPECT_EQ(error_of("{{a.b}}", R"({"a":{}})").field, "variables.a.b");
  EXPECT_EQ(error_of("{{a.b}}", R"({"a":"text"})").field, "variables.a.b");
  EXPECT_THAT(error_of("{{x}}", R"({"x":[1]})").message, HasSubstr("is no text"));
  EXPECT_THAT(error_of("{{x}}", R"({"x":{}})").message, HasSubstr("is no text"));
}

TEST_F(TemplatesTest, ValuesAreNeverTemplates) {
  EXPECT_EQ(text_of("{{x}}", R"({"x":"{{y}}{{#?z}}{{>t}}"})"), "{{y}}{{#?z}}{{>t}}");
}

TEST_F(TemplatesTest, Inclusions) {
  write("footer.txt", "-- \n{{company}}\n");
  EXPECT_EQ(text_of("Hello\n  {{> footer }}  \nPS", R"({"company":"ACME & Co"})"), "Hello\n-- \nACME & Co\nPS");
  EXPECT_EQ(text_of("a {{>footer}} b", R"({"company":"c"})"), "a -- \nc\n b");
  EXPECT_EQ(text_of("a\n{{! nobody sees this }}\nb{{! nor this }}\n", "{}"), "a\nb\n");
  EXPECT_THAT(text_of("{{>none}}", "{}"), HasSubstr("there is no none.txt"));
  EXPECT_THAT(text_of("{{>../../etc/passwd}}", "{}"), HasSubstr("takes a name of a-z"));
  EXPECT_THAT(text_of("{{>t}}", "{}"), HasSubstr("t.txt is included more than 8 deep"));
}

TEST_F(TemplatesTest, WhatIsBrokenIsTold) {
  EXPECT_THAT(error_of("{{#x}}", "{}").message, HasSubstr("x"));
  EXPECT_EQ(error_of("{{#x}}", "{}").field, "template");
  EXPECT_EQ(error_of("{{#x}}{{/y}}", "{}").field, "template");
  EXPECT_EQ(error_of("{{/y}}", "{}").field, "template");
  EXPECT_THAT(error_of("Dear {{name", "{}").message, HasSubstr("a tag is not closed (in t.txt)"));
  EXPECT_THAT(error_of("{{=<% %>=}}", "{}").message, HasSubstr("other marks than braces"));
  EXPECT_THAT(error_of("caf\xe9", "{}").message, HasSubstr("t.txt is not UTF-8"));
  EXPECT_THAT(error_of(std::string(limits::kTemplateBytes + 1, 'x'), "{}").message, HasSubstr("has more than"));
}

TEST_F(TemplatesTest, WhatComesOfItIsBounded) {
  write("t.txt", "{{#items}}{{#items}}{{#items}}{{#items}}0123456789{{/items}}{{/items}}{{/items}}{{/items}}");
  std::string items = "1";
  for (int i = 0; i < 1000; ++i) items += ",1";
  const auto mail = render("{\"items\":[" + items + "]}", "t", 100'000);
  ASSERT_FALSE(mail);
  EXPECT_EQ(mail.error().code, Code::too_large);
  write("t.txt", "{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}{{>u}}");
  for (char c = 'u'; c < 'z'; ++c) {
    std::string many;
    for (int i = 0; i < 10; ++i) many += std::string("{{>") + static_cast<char>(c + 1) + "}}";
    write(std::string(1, c) + ".txt", many);
  }
  write("z.txt", std::string(100, 'z'));
  EXPECT_THAT(render("{}").error().message, HasSubstr("with all that it includes"));
}

TEST_F(TemplatesTest, ALineWithoutAnEndIsBoundedToo) {
  write("t.txt",
        "{{#items}}{{#items}}{{#items}}{{#items}}{{#items}}x{{/items}}{{/items}}{{/items}}{{/items}}{{/items}}");
  std::string items = "1";
  for (int i = 0; i < 100; ++i) items += ",1";
  EXPECT_EQ(render("{\"items\":[" + items + "]}", "t", 1000).error().code, Code::too_large);
}

TEST_F(TemplatesTest, AFolderIsNoTemplate) {
  std::filesystem::create_directory(folder_.file("t.txt"));
  EXPECT_THAT(render("{}").error().message, HasSubstr("t.txt"));
}

}  // namespace
}  // namespace jobd
