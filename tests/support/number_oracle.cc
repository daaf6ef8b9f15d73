/* The one file of C++: libdouble-conversion's ECMAScript converter behind a C function. */
#include "number_oracle.h"

#include <double-conversion/double-conversion.h>

using double_conversion::DoubleToStringConverter;
using double_conversion::StringBuilder;

void number_oracle(char *out, size_t capacity, double value)
{
    /* Its own converter keeps the sign of a negative zero only if asked to, and is not: that is "0". */
    StringBuilder text(out, static_cast<int>(capacity));
    DoubleToStringConverter::EcmaScriptConverter().ToShortest(value, &text);
    text.Finalize();
}
