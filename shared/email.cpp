#include "shared/email.h"

namespace jobd {

std::size_t content_bytes(const Email& email) {
  std::size_t bytes = 0;
  for (const auto* text : {&email.text, &email.html, &email.raw}) bytes += *text ? (*text)->size() : 0;
  for (const Attachment& attachment : email.attachments) bytes += attachment.content.size();
  return bytes;
}

}  // namespace jobd
