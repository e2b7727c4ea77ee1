/** A GraphQL schema with one subscription: `countdown(from: 3)` gives 3, 2, 1. */
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema } from 'graphql'

export function countdownSchema(): GraphQLSchema {
  const from = { type: new GraphQLNonNull(GraphQLInt) }
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLInt } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        countdown: {
          type: new GraphQLNonNull(GraphQLInt),
          args: { from },
          async *subscribe(_source, { from: first }: { from: number }) {
            for (let value = first; value > 0; value--) yield { countdown: value }
          },
        },
      },
    }),
  })
}
