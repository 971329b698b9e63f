// A template and its variables, and notifications: from the command line to the request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/exit_code.h"
#include "tests/cmd/run_fixture.h"

namespace jobd::cmd {
namespace {

using ::testing::HasSubstr;

class SubmitTemplate : public RunTest {
 protected:
  Outcome submit(std::vector<std::string> options) {
    options.insert(options.begin(), {"submit-email", "--to", "a@example.com"});
    return jobctl(options);
  }
};

TEST_F(SubmitTemplate, VariablesComeFromAFileAndTheCommandLine) {
  serve_replies({accepted()});
  input_ = "not read";
  const std::string file = folder_.write("vars.json", R"({"name":"Bob","items":[1,true]})");
  EXPECT_EQ(submit({"--template", "welcome", "--vars-json", file, "--var", "name=Ann=A", "--var", "x="}).code, kDone);
  const SubmitEmail heard_ = heard(0);
  EXPECT_EQ(heard_.from_template, (TemplateCall{"welcome", R"({"items":[1,true],"name":"Ann=A","x":""})"}));
  EXPECT_EQ(heard_.email.text, std::nullopt);
}

TEST_F(SubmitTemplate, VariablesComeFromStandardInputToo) {
  serve_replies({accepted()});
  input_ = R"({"name":"Ann"})";
  EXPECT_EQ(submit({"--template", "welcome", "--vars-json", "-", "--subject", "Mine"}).code, kDone);
  EXPECT_EQ(heard(0).from_template, (TemplateCall{"welcome", R"({"name":"Ann"})"}));
  EXPECT_EQ(heard(0).email.subject, "Mine");
}

TEST_F(SubmitTemplate, WhatCannotBeVariables) {
  EXPECT_EQ(submit({"--template", "t", "--vars-json", folder_.write("list.json", "[]")}).code, kBadData);
  EXPECT_EQ(submit({"--template", "t", "--vars-json", folder_.write("bad.json", "{")}).code, kBadData);
  EXPECT_EQ(submit({"--template", "t", "--vars-json", "/nowhere/vars.json"}).code, kNoInput);
  EXPECT_EQ(submit({"--template", "t", "--var", "name"}).code, kUsage);
  EXPECT_EQ(submit({"--body", "x", "--var", "a=b"}).code, kUsage);
  EXPECT_EQ(submit({"--template", "t", "--body", "x"}).code, kUsage);
  EXPECT_EQ(submit({"--template", "t", "--html-file", "x"}).code, kUsage);
}

TEST_F(SubmitTemplate, Notifications) {
  serve_replies({accepted()});
  EXPECT_EQ(submit({"--body", "x", "--dsn", "failure,delay", "--dsn-return", "headers"}).code, kDone);
  Dsn wanted;
  wanted.failure = wanted.delay = true;
  wanted.ret = Dsn::Return::headers;
  EXPECT_EQ(heard(0).dsn, wanted);
  EXPECT_EQ(submit({"--body", "x", "--dsn", "failure,dealy"}).code, kUsage);
  EXPECT_THAT(submit({"--body", "x", "--dsn", "dealy"}).err, HasSubstr("delay"));
  EXPECT_EQ(submit({"--body", "x", "--dsn="}).code, kUsage);
  EXPECT_EQ(submit({"--body", "x", "--dsn-return", "full"}).code, kUsage);
}

}  // namespace
}  // namespace jobd::cmd
