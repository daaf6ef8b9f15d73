/*
 * An issuer's document: what it lists is found by its id and by its key, and for nobody else.
 */
#include <stdint.h>
#include <string.h>

#include "proof/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct issuer_document *document)
{
    const struct document_method *found;
    struct document_account account[4];
    struct document_registry registry;
    struct badge_text nobody = {"did:web:nobody.example", 22};
    size_t n_keys = 0;
    for (size_t i = 0; i < document->n_methods; i++) {
        const struct document_method *method = &document->method[i];
        n_keys += method->status == BADGE_OK;
        (void)document_find_method(&found, document, document->id, method->id);
        (void)document_find_kid(&found, document, document->id, method->id);
        BADGE_ASSERT((method->status == BADGE_OK) == (method->key.type != BADGE_KEY_NONE));
        if (method->status != BADGE_OK)
            continue;
        BADGE_ASSERT(document_find_key(&found, document, document->id, &method->key) == DOCUMENT_LISTED &&
                     badge_key_equal(&found->key, &method->key));
        BADGE_ASSERT(document_find_key(&found, document, nobody, &method->key) == DOCUMENT_OF_NOBODY && !found);
    }
    BADGE_ASSERT(n_keys == document->n_keys && document->n_methods <= DOCUMENT_MAX_METHODS &&
                 (document->id.len > 0 || document->n_methods == 0));
    BADGE_ASSERT(document_accounts(account, 4, document, document->id) <= 4);
    (void)document_registry(&registry, document, document->id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct badge_text url = {"https://issuer.example/keys#one", 31};
    struct issuer_document document;
    struct document_method method;
    struct badge_arena arena;
    badge_arena_init(&arena, 1 << 20);
    if (document_parse(&document, &arena, size ? (const char *)data : "", size, NULL) == BADGE_OK) {
        check(&document);
        if (document_key_at_url(&method, &document, url, NULL) == BADGE_OK)
            BADGE_ASSERT(method.key.type != BADGE_KEY_NONE);
    }
    badge_arena_release(&arena);
    return 0;
}
