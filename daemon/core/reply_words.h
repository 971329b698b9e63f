// A reply as people read it, in jobs, logs and statistics alike.
#pragma once

#include <string>

namespace jobd {

// "550 5.1.1 No such user", or the words alone where no reply stands behind them. Of a result or a recipient.
template <typename T>
std::string words(const T& about) {
  if (about.smtp_code == 0) return about.reply;
  std::string out = std::to_string(about.smtp_code);
  if (!about.enhanced_code.empty()) out += " " + about.enhanced_code;
  return out + " " + about.reply;
}

}  // namespace jobd
