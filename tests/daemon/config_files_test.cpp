// What a configuration names and is not there: told, with its place, and no error.
#include "daemon/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace jobd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> missing(const std::string& toml) {
  Config config;
  const Result<Done> read = read_config(toml, "F", config);
  EXPECT_TRUE(read) << read.error().message;
  return missing_files(config);
}

TEST(ConfigFiles, ThatAreMissingAreToldWithTheirPlaces) {
  const std::string none = ": No such file or directory";
  EXPECT_THAT(missing("[daemon]\nsocket_group = 'no such group'\n[mail]\ntemplates = '/nonexistent/t'\n"
                      "[[relay]]\npassword_file = '/nonexistent/p'\nca_file = '/nonexistent/c'\n"
                      "[[relay]]\noauth2_file = '/nonexistent/o'\n"),
              ElementsAre("F:2:16: daemon.socket_group is no group now: no such group",
                          "F:4:13: mail.templates cannot be read now: /nonexistent/t" + none,
                          "F:6:17: relay.password_file cannot be read now: /nonexistent/p" + none,
                          "F:7:11: relay.ca_file cannot be read now: /nonexistent/c" + none,
                          "F:9:15: relay.oauth2_file cannot be read now: /nonexistent/o" + none));
}

TEST(ConfigFiles, ThatAreThereAreNotToldOf) {
  EXPECT_THAT(missing(""), IsEmpty());
  EXPECT_THAT(missing("[daemon]\nsocket_group = 'root'\n[mail]\ntemplates = '/'\n"
                      "[[relay]]\npassword_file = '/dev/null'\nca_file = '/dev/null'\n"),
              IsEmpty());
}

TEST(ConfigFiles, ThatSystemdBringsAreLookedForWhereItHasSaid) {
  const std::string toml = "[[relay]]\npassword_file = 'null'\n[[relay]]\noauth2_file = 'none'\n";
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_THAT(missing(toml), IsEmpty());
  ::setenv("CREDENTIALS_DIRECTORY", "/dev", 1);
  EXPECT_THAT(missing(toml),
              ElementsAre("F:4:15: relay.oauth2_file cannot be read now: /dev/none: No such file or directory"));
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace jobd
