// The parameters of a submit, JSON -> SubmitEmail and back; shared by the codec's files.
#pragma once

#include "shared/codec.h"
#include "shared/object_reader.h"

namespace jobd {

// Reads all parameters from `fields`; what is wrong, an unknown one too, becomes the reader's error.
SubmitEmail read_submit(ObjectReader& fields, const CodecLimits& limits);

// Writes those beside the email and the key, only what is set, under the same names.
void write_submit(const SubmitEmail& submit, OrderedJson& out);

}  // namespace jobd
