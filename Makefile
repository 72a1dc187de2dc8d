# The two commands of the README, and the two that regenerate what is generated.

.PHONY: demo test generate bench

## The product on embedded defaults, with sample data: no key, no server.
demo: chat-widget/dist/index.html
	cargo run --profile demo -- serve --demo

## Installs what the tests need and passes them all.
test:
	.ci/test

## Regenerates the OpenAPI document, the TypeScript types made from it, and the page of diagnostic codes.
generate:
	cargo run --quiet -- openapi > chat-widget/openapi.json
	cd chat-widget && npm run --silent types
	cargo run --quiet -- diagnostics > knowledge/diagnostics.md

## Prints the figures of the README.
bench: chat-widget/dist/index.html
	cargo build --release
	benches/figures.py
	cargo bench --quiet

chat-widget/dist/index.html: chat-widget/package-lock.json $(shell find chat-widget/src chat-widget/index.html -type f 2>/dev/null)
	cd chat-widget && npm ci --no-audit --no-fund && npm run build
	touch $@
