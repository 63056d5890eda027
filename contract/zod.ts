import * as z from 'zod'

// The page forbids eval (content security policy) and zod's probe for it would be reported as a
// violation. This has to run before the first schema is built, hence one module for everybody.
z.config({ jitless: true })

export { z }
