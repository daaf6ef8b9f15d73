/*
 * For the tests of images: reads each given image and prints the results of the digester and node/image as a line of
 * JSON; then the peak memory. Texts are printed in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "badge/text.h"
#include "image/image.h"
#include "runtime/file.h"

static void print_text(const char *name, const char *bytes, size_t len)
{
    printf(",\"%s\":", name);
    if (!bytes) {
        printf("null");
        return;
    }
    putchar('"');
    for (size_t i = 0; i < len; i++)
        printf("%02x", (unsigned char)bytes[i]);
    putchar('"');
}

static void read_one(const char *path)
{
    struct badge_digester *digester = NULL;
    struct badge_digest digest;
    struct badge_err err = {.status = BADGE_OK};
    struct image image;
    char *bytes, hex[BADGE_HEX_LEN + 1];
    size_t len;
    if (file_read(&bytes, &len, path, (size_t)64 << 20, NULL) || badge_digester_new(&digester, (size_t)1 << 20, NULL))
        exit(2);
    badge_digester_take_images(digester, image_unbake, NULL, IMAGE_MAX_LEN);
    enum badge_status status = badge_digester_update(digester, bytes, len, &err);
    if (!status)
        status = badge_digester_final(digester, &digest, &err);
    printf("{\"file\":\"%s\",\"status\":\"%s\"", path, badge_status_name(status));
    if (!status) {
        badge_hex_encode(hex, digest.value.b, sizeof digest.value.b);
        printf(",\"label\":\"%s\",\"digest\":\"%s\"", badge_label_name(digest.label), hex);
    }
    if (!status && badge_digester_is_image(digester) && !image_read(&image, bytes, len, NULL)) {
        printf(",\"kind\":\"%s\",\"version\":%d", image.kind == IMAGE_PNG ? "png" : "svg", (int)image.version);
        print_text("credential", image.credential, image.credential_len);
        print_text("receipt", image.receipt, image.receipt_len);
        print_text("url", image.url, image.url ? strlen(image.url) : 0);
        image_release(&image);
    }
    puts("}");
    badge_digester_free(digester);
    free(bytes);
}

/* Not getrusage(): its maximum survives exec(), so it could be that of the parent process. */
static long peak_kib(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    long peak = -1;
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            peak = strtol(line + 6, NULL, 10);
    if (status)
        (void)fclose(status);
    return peak;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        read_one(argv[i]);
    printf("{\"peakKiB\":%ld}\n", peak_kib());
    return 0;
}
